"""Requests that come at once share one call of the model: most of what a call costs does not depend on its rows.

Nothing waits for more to come: what the event loop has read by the time it gets to the call is one batch. While the
model runs, the next requests arrive. It takes a model whose answer for a row does not depend on the other rows.
"""

import asyncio
from collections.abc import Callable

Rows = list[list[float]]
Predict = Callable[[Rows], list[float]]


class Batcher:
    """Calls `predict` in the event loop's own thread, which no call should keep for long: give it few rows."""

    def __init__(self, predict: Predict) -> None:
        self._predict = predict
        self._waiting: list[tuple[Rows, asyncio.Future[list[float]]]] = []

    async def predict(self, rows: Rows) -> list[float]:
        """One value per row. Raises what the model raises for them, whatever else is in the batch."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[float]] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._call)
        self._waiting.append((rows, future))
        return await future

    def _call(self) -> None:
        waiting = [(rows, future) for rows, future in self._waiting if not future.done()]  # a caller may have gone
        self._waiting.clear()
        try:
            values = self._predict([row for rows, _ in waiting for row in rows]) if waiting else []
        except Exception:  # whose rows it was, shows when each is alone
            for rows, future in waiting:
                self._call_alone(rows, future)
            return
        end = 0
        for rows, future in waiting:
            begin, end = end, end + len(rows)
            future.set_result(values[begin:end])

    def _call_alone(self, rows: Rows, future: asyncio.Future) -> None:
        try:
            future.set_result(self._predict(rows))
        except Exception as error:
            future.set_exception(error)
