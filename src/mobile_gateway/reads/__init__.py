"""Every hot or shared read. A read takes a connection and answers values."""
