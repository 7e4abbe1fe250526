"""What is read off fitted V(I) curves: critical currents at a criterion, local slopes, tables over field and temperature, isotherms, the E-J picture."""
