"""`reset` on Cassandra, where nothing but the consumer group tells of runs on other machines; and what is left of a
count when its row in salestream_pipeline is lost."""

import pytest

from support.pipeline import ECOMMERCE
from support.waiting import wait_until


@pytest.fixture
def pipeline(kafka, cassandra, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2), node=cassandra)
    pipeline.produce("--count", 300, "--rate", "max", "--faults", "malformed=0.02")
    return pipeline


def counted_all(pipeline):
    return lambda: pipeline.messages_stored() == pipeline.truth["messages"]


def test_reset_is_refused_while_the_group_has_members(pipeline):
    running = pipeline.start("--quiet")
    wait_until(counted_all(pipeline), what="all orders in the store")
    refused = pipeline.reset(status=1)
    assert pipeline.topic in refused.stderr and "salestream at 127.0.0.1" in refused.stderr
    assert "Nothing was changed" in refused.stderr
    pipeline.assert_exact()

    running.kill()  # a member until its session has timed out, and for all that anybody knows only frozen
    assert "session.timeout.ms" in pipeline.reset(status=1).stderr
    wait_until(lambda: "holds nothing" in pipeline.reset(status=None).stdout, 30, "the dead member's end")
    assert pipeline.totals() == [] and pipeline.counters()["messages"] == 0
    pipeline.run()
    pipeline.assert_exact()


def test_a_lost_row_of_the_pipeline_is_noticed_and_reset_counts_anew(cassandra, pipeline):
    """Cells and progress would say that all is counted, of whatever definition they may be."""
    for _ in range(2):
        pipeline.run()
        cassandra.cql(f"TRUNCATE {pipeline.store.keyspace}.salestream_pipeline")
        refused = pipeline.run(status=1)
        assert "salestream_pipeline" in refused.stderr and "salestream reset" in refused.stderr
        pipeline.reset()
        assert pipeline.totals() == []
        pipeline.run()
        pipeline.assert_exact()
