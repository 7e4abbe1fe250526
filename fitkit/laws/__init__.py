"""The laws: one law = one file that ends in MODEL = Model(...). The rooms say what is measured."""
