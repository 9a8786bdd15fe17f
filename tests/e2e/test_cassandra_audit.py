"""`salestream audit` on Cassandra, where nothing is of one moment: equal after runs and during them, by several
instances; and what is spoilt in the tables is named."""

from decimal import Decimal

from support.pipeline import ECOMMERCE, THIRD
from support.waiting import wait_until
from test_audit import FAULTS, audit


def test_equal_while_two_instances_count(kafka, cassandra, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=4), node=cassandra)
    pipeline.program.run("init", pipeline.path)
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 1, *FAULTS)
    running = [pipeline.start("--quiet") for _ in range(2)]
    producing = pipeline.program.start("produce", pipeline.path, "--rate", 500, "--seed", 2, *FAULTS)
    seen = []
    for _ in range(5):
        wait_until(
            lambda: pipeline.messages_stored() > (seen[-1] if seen else 500),
            timeout_s=120,
            what="more orders in the store",
        )
        found = audit(pipeline)
        assert found["result"] == "equal", found["differences"]
        seen.append(found["messages"])
    assert producing.alive() and all(each.alive() for each in running)
    assert producing.terminate() == 0 and [each.terminate() for each in running] == [0, 0]
    before = pipeline.content()
    found = audit(pipeline)
    assert found["result"] == "equal" and found["messages"] >= seen[-1]
    assert pipeline.content() == before


def test_equal_for_tables_by_client(kafka, cassandra, pipelines):
    pipeline = pipelines(THIRD, kafka, kafka.new_topic(partitions=2), node=cassandra)
    pipeline.produce("--count", 1000, "--rate", "max", "--seed", 3, *FAULTS)
    pipeline.run()
    found = audit(pipeline, "--truth", pipeline.truth_file)
    assert found["result"] == "equal"
    assert [each["rows"] for each in found["tables"]] == [len(pipeline.totals(each.name)) for each in pipeline.tables()]


def test_what_is_spoilt_is_named(kafka, cassandra, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2), node=cassandra)
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 6, *FAULTS)
    pipeline.run()
    assert audit(pipeline, "--truth", pipeline.truth_file)["result"] == "equal"
    store, keyspace = pipeline.store, pipeline.store.keyspace
    row, other, *_ = sorted(store.rows("product_sales"), key=lambda each: each["product_name"])
    cell = next(
        each
        for each in store.rows("product_sales_cells")
        if each["partition"] == 1 and each["product_name"] == other["product_name"]
    )
    reject = pipeline.rejects()[0]

    wrong = str(Decimal(row["total_sales"]) * 2)
    cassandra.query(
        f"UPDATE {keyspace}.product_sales SET total_sales = {wrong} " f"WHERE product_name = '{row['product_name']}'"
    )
    cassandra.query(
        f"DELETE FROM {keyspace}.product_sales_cells WHERE product_name = '{other['product_name']}' "
        f"AND generation = {cell['generation']} AND partition = 1"
    )
    cassandra.query(
        f"DELETE FROM {keyspace}.salestream_rejects WHERE pipeline = 'ecommerce_sales' AND generation = "
        f"{reject['generation']} AND partition = {reject['partition']} AND offsets_from = "
        f"{reject['offsets_from']} AND offset = {reject['offset']}"
    )
    found = {(each["table"], each["key"][0]): each for each in audit(pipeline, status=3)["differences"]}
    total = found.pop(("product_sales", row["product_name"]))
    assert (total["column"], total["expected"], total["stored"], total["partitions"]) == (
        "total_sales",
        row["total_sales"],
        wrong,
        [0, 1],
    )
    lost = found.pop(("product_sales_cells", other["product_name"]))
    assert (lost["column"], lost["stored"], lost["partitions"]) == ("row", "no such cell", [1])
    assert lost["expected"] == f"revenue {cell['revenue']}, units {cell['units']}, orders {cell['orders']}"
    lost = found.pop(("rejects", str(reject["offset"])))
    assert (lost["expected"], lost["stored"]) == (reject["reason"], "no reject")
    assert lost["partitions"] == [reject["partition"]]
    assert not found
