"""The one error type that reaches a user: a message that says what is wrong and, where possible, what to do."""


class ServiceError(Exception):
    pass
