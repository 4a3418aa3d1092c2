"""The Python half of nanochat-cli: what runs inside the interpreter of a nanochat checkout.

Standard library only, and nothing of torch is imported before the script that is run imports it.
"""
