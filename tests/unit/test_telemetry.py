from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from drift.telemetry import Metrics, configure_logging, logger
from mixer.frame_store import StoreFigures


@pytest.fixture(autouse=True)
def logging_put_back() -> Iterator[None]:
    root, access = logging.getLogger(), logging.getLogger("aiohttp.access")
    handlers, level, disabled = root.handlers[:], root.level, access.disabled
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    access.disabled = disabled
    for name in ("drift", "cli"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def test_metrics_are_prometheus_text() -> None:
    metrics = Metrics()
    metrics.listeners.labels("mp3").inc()
    metrics.underruns.inc(2)
    families = {family.name: family for family in text_string_to_metric_families(metrics.text().decode())}
    assert families["drift_stream_listeners"].samples[0].labels == {"format": "mp3"}
    assert families["drift_stream_listeners"].samples[0].value == 1
    totals = {sample.name: sample.value for sample in families["drift_stream_underruns"].samples}
    assert totals["drift_stream_underruns_total"] == 2
    assert all(family.documentation for family in families.values())


def test_two_servers_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.dropped.inc()
    assert b"drift_stream_dropped_total 1.0" in one.text()
    assert b"drift_stream_dropped_total 0.0" in other.text()


def test_the_packet_cache_tells_its_figures_of_the_moment() -> None:
    metrics, figures = Metrics(), [StoreFigures(0, 0, 0, 0, 0, 0)]
    metrics.watch(lambda: figures[-1])
    assert b"drift_cache_hits_total 0.0" in metrics.text()
    figures.append(StoreFigures(queue=1, hits=2, misses=3, evicted=4, disk_bytes=5, held_bytes=6))
    families = {family.name: family for family in text_string_to_metric_families(metrics.text().decode())}
    told = {
        sample.name: sample.value
        for name, family in families.items()
        if name.startswith("drift_cache_")
        for sample in family.samples
    }
    assert told == {
        "drift_cache_queue": 1,
        "drift_cache_hits_total": 2,
        "drift_cache_misses_total": 3,
        "drift_cache_evicted_total": 4,
        "drift_cache_bytes": 5,
        "drift_cache_held_bytes": 6,
    }
    assert all(family.documentation for family in families.values())


def test_json_logs_are_events_with_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logger("drift.test").info("track-started", title="Ünïcode", n=1)
    entry = json.loads(capsys.readouterr().err)
    assert entry["event"] == "track-started"
    assert (entry["title"], entry["n"], entry["level"], entry["logger"]) == (
        "Ünïcode",
        1,
        "info",
        "drift.test",
    )


def test_a_traceback_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    try:
        int("broken")
    except ValueError:
        logger("drift.test").exception("task-failed")
    assert "ValueError: invalid literal" in json.loads(capsys.readouterr().err)["exception"]


def test_console_logs_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "console")
    logger("drift.test").debug("skipped", session="master")
    shown = capsys.readouterr().err
    assert "skipped" in shown
    with pytest.raises(json.JSONDecodeError):
        json.loads(shown)


def test_the_level_is_for_drift_and_libraries_only_warn(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "json")
    logger("drift.test").info("not-shown")
    logging.getLogger("sqlalchemy.engine").info("SELECT 'not shown'")
    logging.getLogger("somelibrary").warning("shown")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["shown"]


def test_requests_are_not_logged_as_their_urls_carry_codes(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "json")
    logging.getLogger("aiohttp.access").error("GET /?code=secret")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("style", ["console", "json"])
def test_tracebacks_show_no_values(style: Any, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", style)
    try:
        secret = "k7d2" + "m9qp"
        assert len(secret) // 0
    except ZeroDivisionError:
        logger("drift.test").exception("failed")
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "test_tracebacks_show_no_values" in said
    assert "k7d2m9qp" not in said
