"""Documents people take away: QR codes, certificates, and the store that keeps the bytes."""
