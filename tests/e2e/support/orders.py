"""Orders written by the tests themselves, in the format of pipelines/ecommerce_sales.yaml."""

import json
from decimal import Decimal


def order(*items, total=None, **more):
    """One message: `items` are (product, quantity, price), where quantity and price are JSON text, so that digits stay
    as they are written."""
    lines = ", ".join(
        f'{{"product_name": {json.dumps(product, ensure_ascii=False)}, "quantity": {quantity}, ' f'"price": {price}}}'
        for product, quantity, price in items
    )
    if total is None:
        total = sum(Decimal(quantity) * Decimal(price) for _, quantity, price in items)
    rest = "".join(f", {json.dumps(name)}: {value}" for name, value in more.items())
    return (
        f'{{"order_id": "o-1", "client_document": "529.982.247-25", "products": [{lines}], '
        f'"total_value": {total}, "sale_datetime": "2024-11-03T14:25:07"{rest}}}'
    ).encode()


def lines(messages):
    return b"".join(message + b"\n" for message in messages)
