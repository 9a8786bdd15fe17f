"""Messages that take as much memory as messages can: for a table by client and product, whose keys have both names."""

import json
import random

CLIENT_BYTES = 32 * 1024  # the longest name that a key may have

# With tables by [client, product] and [product]; key bytes as docs/orders.md counts them.
TABLES = """totals:
  baskets:
    by: [client, product]
    columns: {client: client, product: product, revenue: revenue, orders: orders}
  product_sales:
    by: [product]
    columns: {product_name: product, total_sales: revenue}
"""
_KEY_BASE_BYTES = 32
_MAX_ORDER_KEY_BYTES = 4 << 20


def order(client, products):
    items = ",".join(f'{{"product_name":{json.dumps(each)},"quantity":1,"price":1}}' for each in products)
    return f'{{"client_document":{json.dumps(client)},"products":[{items}]}}'.encode()


def key_bytes(client, products):
    return sum(2 * _KEY_BASE_BYTES + len(client) + 2 * len(each) for each in products)


class WorstMessages:
    """Each call gives messages that no other call gives."""

    def __init__(self, seed=1):
        self._random = random.Random(seed)
        self._number = 0

    def _name(self, size):
        self._number += 1
        return f"{self._number:x}".ljust(size, "x")

    def largest_order(self, client_bytes=CLIENT_BYTES, product_bytes=6):
        """As many keys of one client as an order may have."""
        client, products, taken = self._name(client_bytes), [], 0
        while True:
            product = self._name(product_bytes)
            taken += key_bytes(client, [product])
            if taken > _MAX_ORDER_KEY_BYTES:
                return order(client, products)
            products.append(product)

    def order_beyond_the_limit(self):
        """23,000 line items and a long client: 750 MB of keys."""
        return order(self._name(CLIENT_BYTES), [self._name(6) for _ in range(23_000)])

    def long_products(self):
        return order(self._name(20), [self._name(CLIENT_BYTES) for _ in range(60)])

    def many_small_orders(self, count):
        """Each with a few keys that no other has."""
        return [order(self._name(8), [self._name(6) for _ in range(3)]) for _ in range(count)]

    def garbage(self, size):
        return b"\\" * size

    def deep(self, size):
        return b"[" * size

    def many_tokens(self, size):
        return b'{"products":[],"x":[' + b"0," * (size // 2) + b"0]}"

    def large_escapes(self, size):
        return b'{"products":[],"x":"' + b"\\u0061" * (size // 6) + b'"}'

    def all(self):
        """Of each kind several, one after the other and mixed."""
        messages = [self.order_beyond_the_limit() for _ in range(3)]
        messages += [self.largest_order() for _ in range(6)]
        messages += [self.largest_order(client_bytes=8_000) for _ in range(6)]
        messages += [self.largest_order(client_bytes=1) for _ in range(2)]
        messages += [self.long_products() for _ in range(2)]
        messages += [self.garbage(8_000_000), self.garbage(8_000_000), self.garbage(16_000_000)]
        messages += [self.deep(4 << 20), self.many_tokens(4_000_000), self.large_escapes(4_000_000)]
        messages += [b""] * 100_000
        messages += self.many_small_orders(10_000)
        mixed = [
            self.largest_order(),
            self.garbage(100_000),
            self.deep(3_000_000),
            self.many_tokens(3_000_000),
            *self.many_small_orders(200),
            *[b""] * 2_000,
            self.order_beyond_the_limit(),
        ]
        self._random.shuffle(mixed)
        return messages + mixed
