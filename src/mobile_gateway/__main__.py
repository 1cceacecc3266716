"""`python -m mobile_gateway`: the same as `mobile-gateway`."""

from mobile_gateway.cli import main

if __name__ == "__main__":
    main()
