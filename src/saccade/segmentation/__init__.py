"""Using networks that label pixels: pictures in, label maps out."""
