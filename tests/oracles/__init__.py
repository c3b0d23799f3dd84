"""Second definitions of the mechanisms, each written in another way than the library's."""
