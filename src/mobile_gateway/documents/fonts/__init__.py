"""The certificate's fonts, what they cover, and the program that made them. Licences stand beside the files."""
