"""What a Prometheus reads of a bot, as series."""

from __future__ import annotations

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """All series of one answer, by name and labels; called, those of ours."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.series: dict[tuple[str, str], float] = {}
        for family in text_string_to_metric_families(body):
            for sample in family.samples:
                self.series[sample.name, ",".join(sample.labels.values())] = sample.value

    def __call__(self, name: str, label: str = "") -> float | None:
        return self.series.get((f"qorgan_{name}", label))


async def scraped(where: tuple[str, int]) -> Scrape:
    host, port = where
    async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}/metrics") as answer:
        assert (200, "text/plain") == (answer.status, answer.content_type)
        return Scrape(await answer.text())
