"""Push providers: the protocol, Firebase Cloud Messaging, and the recorder that a local run uses.

Import `push.fcm` only in a worker: it brings firebase_admin, which is heavy.
"""
