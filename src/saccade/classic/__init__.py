"""What came before learned attention: features chosen by number, and maps of what stands out."""
