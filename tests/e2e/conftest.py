"""Fixtures of the end-to-end tests. Services are real, have ports and folders of their own, and are started once per
session when a test first asks for them."""

import os
import signal
import subprocess

import pytest

pytest.register_assert_rewrite("support")  # before it is imported

from support import places  # noqa: E402
from support.cassandra import Cassandra  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.machine import Machine  # noqa: E402
from support.page_states import PageState  # noqa: E402
from support.pipeline import Pipeline  # noqa: E402
from support.program import Salestream  # noqa: E402
from support.services import TABLES_UNFLUSHED, Services  # noqa: E402
from support.spark import REMOTE_OF_A_PERSON, Spark  # noqa: E402
from support.stores import CassandraStore  # noqa: E402

SMALL_HEAP = ("--heap", "256m")


def pytest_addoption(parser):
    parser.addoption(
        "--pictures",
        action="store_true",
        help="take the pictures of docs/web-page.md again: only the tests that bring a page into one of its states",
    )


def pytest_configure():
    # Without this, SIGTERM would end pytest without any clean-up, and leave the services running.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=143))


# Files that take minutes begin first, so that not one of them is left alone with one of the two cores at the end.
_LONG_FILES = (
    "test_cluster_faults",
    "test_spark",
    "test_spark_referee",
    "test_log_identity",
    "test_cassandra_unavailable",
    "test_sources",
    "test_spark_sink",
    "test_crash",
    "test_produce",
    "test_rejects",
    "test_cassandra_crash",
    "test_services",
    "test_services_spark",
    "test_cassandra_group",
    "test_kafka_run",
    "test_cassandra_tables",
)


def pytest_collection_modifyitems(config, items):
    if config.getoption("pictures"):
        items[:] = [item for item in items if "page_state" in item.fixturenames]
    order = {name: place for place, name in enumerate(_LONG_FILES)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))  # stable: a file's tests stay as they were


def pytest_unconfigure(config):
    # pytest-xdist gives its processes ten seconds to end, and services may take longer.
    if not hasattr(config, "workerinput"):
        places.remove_remains()


_FOLDER = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where only the output is kept, as by CI, what the services said is part of a failure."""
    report = (yield).get_result()
    folder = item.session.stash.get(_FOLDER, None)
    if report.failed and folder is not None:
        report.sections.append(("trouble in the services' logs", folder.troubles_since(call.start)))


@pytest.fixture(scope="session")
def session_folder(request):
    """A folder whose services are ended with the session, even if the session is killed (then by the next one)."""
    folder = places.SessionFolder()
    request.session.stash[_FOLDER] = folder
    yield folder.path
    if request.session.testsfailed:
        folder.keep_logs()
    folder.close()


@pytest.fixture
def services(session_folder, request):
    """tools/services with an empty folder and ports of the test's own, stopped after it."""
    tool = Services(session_folder / request.node.name.replace("/", "-"))
    yield tool
    tool.stop()


def _started(session_folder, label, name, *flags, java_options=()):
    tool = Services(session_folder / label, *java_options)
    tool.start(name, *flags)
    return tool


@pytest.fixture(scope="session")
def kafka(session_folder):
    """Kafka (KRaft), one broker, for the whole session: use topics of your own (`kafka.new_topic()`), inject no
    faults."""
    tool = _started(session_folder, "session-kafka", "kafka", *SMALL_HEAP)
    yield Kafka(tool, "kafka")
    tool.stop()


@pytest.fixture(scope="session")
def kafka_zookeeper(session_folder):
    """Kafka with ZooKeeper, for the whole session; as `kafka`."""
    tool = _started(session_folder, "session-kafka-zookeeper", "kafka-zookeeper", *SMALL_HEAP)
    yield Kafka(tool, "kafka-zookeeper")
    tool.stop()


@pytest.fixture
def kafka_cluster(services):
    """Three brokers of the test's own, to be killed and frozen at will."""
    services.start("kafka", "--brokers", "3", *SMALL_HEAP)
    return Kafka(services, "kafka", brokers=3)


@pytest.fixture(scope="session")
def cassandra(session_folder):
    """Cassandra, one node, for the whole session: use keyspaces of your own, inject no faults."""
    tool = _started(session_folder, "session-cassandra", "cassandra", java_options=(TABLES_UNFLUSHED,))
    node = Cassandra(tool)
    yield node
    node.close()
    tool.stop()


@pytest.fixture
def cassandra_cluster(services):
    """Three nodes of the test's own, to be killed and frozen at will. A minute to start on a busy machine."""
    services.start("cassandra", "--nodes", "3")
    cluster = Cassandra(services, nodes=3)
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def spark(session_folder):
    """A Spark Connect server on two threads, for the whole session: stop the queries that you start, inject no
    faults."""
    tool = Services(session_folder / "session-spark")
    tool.environment |= REMOTE_OF_A_PERSON
    tool.start("spark", "--heap", "768m")
    yield Spark(tool)
    tool.stop()


@pytest.fixture
def own_spark(services):
    """A Spark Connect server of the test's own, to be killed at will."""
    services.environment |= REMOTE_OF_A_PERSON
    services.start("spark", "--heap", "768m")
    return Spark(services)


@pytest.fixture
def salestream(tmp_path):
    """The program under test, started in an empty folder."""
    program = Salestream(tmp_path / "salestream")
    yield program
    program.close()


@pytest.fixture
def pipelines(salestream, tmp_path):
    """Makes pipeline files: pipelines(base, kafka, topic) reads a topic, pipelines(base) what --input gives it. Totals
    are kept in a SQLite file, or in `store` (support/stores.py), or, with `node`, in a keyspace of its own there."""
    made = []

    def make(base, broker=None, topic=None, changes=(), store=None, node=None):
        made.append(base)
        if node is not None:
            store = CassandraStore(node, node.new_keyspace())
        return Pipeline(
            salestream, base, tmp_path / f"pipeline-{len(made)}", topic, broker and broker.bootstrap, changes, store
        )

    return make


@pytest.fixture(scope="session")
def browser():
    """A Chromium for the whole session: see support/browser.py."""
    from support.browser import Page, start_chromium  # only here: Selenium takes a second to import

    driver = start_chromium()
    yield Page(driver)
    driver.quit()


@pytest.fixture
def page_state(browser, request):
    """page_state(web, state): the page says that it is in this state. See support/page_states.py."""
    return PageState(browser, request.config.getoption("pictures"))


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """The package, as tools/package makes it, of the program under test."""
    build = places.binary().parent
    assert (
        build / "package" / "completion.bash"
    ).exists(), f"{build} has no files to package: build the targets salestream and package_files there"
    folder = tmp_path_factory.mktemp("package")
    done = subprocess.run(
        ["cpack", "-G", "DEB", "-B", folder], cwd=build, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.deb")
    return found


@pytest.fixture(scope="session")
def clean_machine():
    if os.geteuid() != 0:
        pytest.skip("installing packages needs root")
    machine = Machine()
    if not machine.is_there:
        machine.close()
        pytest.skip(f"no machine to install packages on: {machine.problem}")
    yield machine
    machine.close()


@pytest.fixture
def machine(clean_machine, package):
    """The machine, with the package installed."""
    if clean_machine.run("dpkg", "-s", "salestream", status=None).returncode != 0:
        clean_machine.write("/tmp/salestream.deb", package.read_bytes())
        # Without triggers: indexing all manual pages takes seconds.
        clean_machine.run("dpkg", "--no-triggers", "-i", "/tmp/salestream.deb")
    return clean_machine
