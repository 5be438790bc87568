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
        answer: asyncio.Future[list[float]] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._call)
        self._waiting.append((rows, answer))
        return await answer

    def _call(self) -> None:
        waiting = [(rows, answer) for rows, answer in self._waiting if not answer.done()]  # a caller may have gone
        self._waiting.clear()
        try:
            values = self._predict([row for rows, _ in waiting for row in rows]) if waiting else []
        except Exception:  # whose rows it was, shows when each is alone
            for rows, answer in waiting:
                self._call_alone(rows, answer)
            return
        end = 0
        for rows, answer in waiting:
            begin, end = end, end + len(rows)
            answer.set_result(values[begin:end])

    def _call_alone(self, rows: Rows, answer: asyncio.Future) -> None:
        try:
            answer.set_result(self._predict(rows))
        except Exception as error:
            answer.set_exception(error)
