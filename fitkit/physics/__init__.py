"""Relations that two or more laws share: pure functions of SI numbers and arrays."""
