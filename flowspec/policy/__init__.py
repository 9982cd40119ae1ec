"""Who judges a NIC or a subnet: its layers of rules, in the order in which Azure walks them."""
