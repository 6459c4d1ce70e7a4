"""What Drift tells of itself: structured logs, and metrics for Prometheus."""

from __future__ import annotations

import logging
import sys
from collections import Counter as Counted
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:  # processes that make no music log, too
    from mixer.frame_store import StoreFigures

_LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

Logger = structlog.stdlib.BoundLogger


def logger(name: str) -> Logger:
    """A logger whose calls are an event and its fields: ``log.info("track-started", title=...)``."""
    bound: Logger = structlog.stdlib.get_logger(name)
    return bound


def configure_logging(level: str = "info", style: Literal["auto", "console", "json"] = "auto") -> None:
    """Send all logs, ours and the libraries', to standard error in one style."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
    ]
    # Plain tracebacks: others show the values of variables, and codes and cookies would be among them.
    pretty = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = pretty if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not console:
        final.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("drift", "cli"):
        logging.getLogger(ours).setLevel(level.upper())
    logging.getLogger("aiohttp.access").disabled = True


class Metrics:
    """Drift's metrics in a registry of their own, so that several servers fit into one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.listeners = Gauge("drift_stream_listeners", "Connected listeners", ["format"], registry=r)
        self.bytes_sent = Counter(
            "drift_stream_bytes", "Audio bytes handed to sockets", ["format"], registry=r
        )
        self.underruns = Counter(
            "drift_stream_underruns", "Times a mount fell behind by more than its burst", registry=r
        )
        self.skipped_ahead = Counter(
            "drift_stream_skipped_ahead", "Times a slow listener was moved to the live edge", registry=r
        )
        self.dropped = Counter("drift_stream_dropped", "Listeners disconnected for being slow", registry=r)
        self.pump_faults = Counter(
            "drift_stream_pump_faults", "Times a mount broke and its listeners were disconnected", registry=r
        )
        self.live_packets = Counter(
            "drift_mixer_live_packets", "Packets encoded for one session", ["codec"], registry=r
        )
        self.copied_packets = Counter(
            "drift_mixer_copied_packets", "Packets encoded once for all sessions", ["codec"], registry=r
        )
        self.faults = Counter("drift_mixer_faults", "Clips given up because of their file", registry=r)
        self.tracks_started = Counter("drift_session_tracks_started", "Tracks begun", registry=r)
        self.commands = Counter(
            "drift_session_commands", "Commands by what became of them", ["command", "outcome"], registry=r
        )
        self.command_seconds = Histogram(
            "drift_session_command_seconds", "Time that a command took", ["command"], registry=r
        )
        self.sessions = Gauge("drift_sessions", "Sessions that are there", ["kind", "state"], registry=r)
        self.event_lag = Histogram(
            "drift_events_lag_seconds",
            "Time from an event to its being handed to a client's socket",
            buckets=_LAGS,
            registry=r,
        )
        self.event_clients = Gauge("drift_events_clients", "Connected event clients", registry=r)
        self.event_clients_dropped = Counter(
            "drift_events_clients_dropped", "Event clients dropped for being slow", registry=r
        )
        self.participants = Gauge("drift_rooms_participants", "Participants who are there", registry=r)
        self.messages = Counter(
            "drift_rooms_messages", "Messages by what became of them", ["outcome"], registry=r
        )
        self.livekit_requests = Counter(
            "drift_livekit_requests",
            "Requests to LiveKit by their outcome",
            ["method", "outcome"],
            registry=r,
        )
        self.livekit_participants = Gauge(
            "drift_livekit_participants", "Connections in LiveKit rooms, the mix's aside", registry=r
        )
        self.livekit_rooms = Gauge("drift_livekit_rooms", "LiveKit rooms that Drift looks after", registry=r)
        self.livekit_webhooks = Counter(
            "drift_livekit_webhooks", "Webhooks by what became of them", ["outcome"], registry=r
        )
        self.livekit_messages = Counter(
            "drift_livekit_messages",
            "Messages to and from LiveKit rooms by what became of them",
            ["outcome"],
            registry=r,
        )
        self.tracks = Gauge("drift_library_tracks", "Playable tracks", registry=r)
        self.problems = Gauge("drift_library_problems", "Files that cannot be played", registry=r)

    def watch(self, figures: Callable[[], StoreFigures]) -> None:
        """Tell of the packet cache, too."""
        self.registry.register(_StoreCollector(figures))

    def watch_mixes(self, figures: Callable[[], Mapping[str, int]]) -> None:
        """Tell of the mixes in LiveKit rooms, too: ``PublisherFigures``, by name."""
        self.registry.register(_MixCollector(figures))

    def count_sessions(self, found: Iterable[tuple[str, str]]) -> None:
        """Tell how many sessions there are of each kind and state."""
        self.sessions.clear()
        for labels, count in Counted(found).items():
            self.sessions.labels(*labels).set(count)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _StoreCollector(Collector):
    """The packet cache's own figures, read when somebody asks."""

    def __init__(self, figures: Callable[[], StoreFigures]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        now = self._figures()
        yield GaugeMetricFamily("drift_cache_queue", "Chunks waiting to be fetched or encoded", now.queue)
        yield CounterMetricFamily("drift_cache_hits", "Chunks found on disk", now.hits)
        yield CounterMetricFamily("drift_cache_misses", "Chunks that had to be encoded", now.misses)
        yield CounterMetricFamily("drift_cache_evicted", "Files removed to make room", now.evicted)
        yield GaugeMetricFamily("drift_cache_bytes", "Size of the files", now.disk_bytes)
        yield GaugeMetricFamily("drift_cache_held_bytes", "Chunks in memory or mapped", now.held_bytes)


class _MixCollector(Collector):
    """The publishers' own figures, read when somebody asks."""

    def __init__(self, figures: Callable[[], Mapping[str, int]]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        now = self._figures()
        gauge, counter = GaugeMetricFamily, CounterMetricFamily
        yield gauge("drift_livekit_mixes", "Rooms that the mix should be in", now["rooms"])
        yield gauge("drift_livekit_mixes_connected", "Rooms that it is in", now["connected"])
        yield gauge("drift_livekit_publishers", "Processes that publish", now["children"])
        yield counter("drift_livekit_publishers_lost", "Of them, those that ended unasked", now["restarts"])
        yield counter("drift_livekit_packets", "Packets sent into rooms", now["packets"])
        yield counter("drift_livekit_packets_late", "Of them, those that missed their time", now["late"])
        yield counter("drift_livekit_audio_dropped", "Pieces that no process took", now["dropped"])
