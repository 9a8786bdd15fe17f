# SPDX-License-Identifier: Apache-2.0
"""System A's pipeline in PySpark, written well: exact decimals, no null names, a checkpoint, from the topic's
beginning. Each micro-batch upserts the totals that it changed into Cassandra: spark_pipeline.py BROKERS TOPIC KEYSPACE
CHECKPOINT [follow]. Ends once the topic has been read; never, when it follows."""

import json
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, explode, from_json, sum as sum_of

kafka, topic, keyspace, checkpoint, *follow = sys.argv[1:]
spark = SparkSession.builder.appName("product sales").getOrCreate()

schema = (
    "order_id STRING, client_document STRING, products ARRAY<STRUCT<product_name: STRING, quantity: INT, "
    "price: DECIMAL(18,2)>>, total_value DOUBLE, sale_datetime TIMESTAMP"
)
orders = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", kafka)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .load()
    .select(from_json(col("value").cast("string"), schema).alias("order"))
)
totals = (
    orders.select(explode("order.products").alias("item"))
    .where("item.product_name IS NOT NULL")
    .groupBy(col("item.product_name").alias("product_name"))
    .agg(sum_of(col("item.quantity") * col("item.price")).alias("total_sales"))
)

is_first = True


def upsert(batch, _):
    global is_first  # pylint: disable=global-statement
    batch.write.format("org.apache.spark.sql.cassandra").mode("append").options(
        keyspace=keyspace, table="product_sales"
    ).save()
    if is_first:
        print("first result", flush=True)
    is_first = False


query = totals.writeStream.outputMode("update").option("checkpointLocation", checkpoint).foreachBatch(upsert).start()
while query.isActive:
    if follow:
        query.awaitTermination()
    progress = query.lastProgress
    if progress:
        source = progress["sources"][0]
        read, there = (
            json.loads(source[key]) if isinstance(source[key], str) else source[key]
            for key in ("endOffset", "latestOffset")
        )
        if read == there:
            break
    time.sleep(0.05)
if query.exception():
    sys.exit(str(query.exception()))
query.stop()
spark.stop()
