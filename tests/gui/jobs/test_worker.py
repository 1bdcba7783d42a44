"""The one worker: who asks is answered or told why not, once, unless a later question or a cancel overtakes it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from gigaplan.gui.jobs.worker import FAILED, Told, Worker


class Heard:
    """What a worker said."""

    def __init__(self, worker: Worker) -> None:
        self.answers: list[Any] = []
        self.failures: list[Any] = []
        self.words: list[Any] = []
        worker.answer.connect(lambda question, value: self.answers.append((question, value)))
        worker.failed.connect(lambda question, why: self.failures.append((question, why)))
        worker.progressed.connect(lambda question, word: self.words.append((question, word)))


class Gate:
    """Work that says where it is and waits until it may go on."""

    def __init__(self) -> None:
        self.begun: list[Any] = []
        self.ended: list[Any] = []
        self.may_go_on = threading.Event()

    def __call__(self, question: Any, told: Told) -> Any:
        self.begun.append(question)
        while not self.may_go_on.wait(0.001):
            if told.is_dropped():
                self.ended.append(question)
                told()
        return question * 2


@pytest.fixture
def made(qtbot: QtBot, no_thread_left: None) -> Iterator[Callable[..., tuple[Worker, Heard]]]:
    workers: list[Worker] = []

    def make(work: Callable[[Any, Told], object], **given: Any) -> tuple[Worker, Heard]:
        workers.append(Worker("test", work, **given))
        return workers[-1], Heard(workers[-1])

    yield make
    for worker in workers:
        assert worker.stop(10)


def delivered(worker: Worker) -> None:
    """All that the thread has said by now is heard."""
    assert worker.wait(30)
    QCoreApplication.sendPostedEvents(worker, QEvent.Type.MetaCall)


def test_a_question_is_answered_with_its_progress(made: Any, qtbot: QtBot) -> None:
    def work(question: int, told: Told) -> int:
        told(f"half of {question}")
        told()
        return question * 2

    worker, heard = made(work)
    worker.ask(4)
    assert worker.is_busy
    assert worker.question == 4
    delivered(worker)
    assert (heard.words, heard.answers, heard.failures) == ([(4, "half of 4")], [(4, 8)], [])
    assert not worker.is_busy


def test_the_latest_question_wins(made: Any, qtbot: QtBot) -> None:
    gate = Gate()
    worker, heard = made(gate)
    worker.ask(1)
    qtbot.waitUntil(lambda: gate.begun == [1])
    for question in (2, 3, 4):
        worker.ask(question)
    qtbot.waitUntil(lambda: gate.begun == [1, 4])
    gate.may_go_on.set()
    delivered(worker)
    assert (heard.answers, heard.failures, gate.ended) == ([(4, 8)], [], [1])


def test_an_answer_that_is_overtaken_on_its_way_is_not_given(made: Any, qtbot: QtBot) -> None:
    worker, heard = made(lambda question, _: question)
    worker.ask(1)
    assert worker.wait(30)
    worker.ask(2)
    delivered(worker)
    assert heard.answers == [(2, 2)]


def test_with_patience_an_older_question_is_finished_but_not_for_ever(made: Any, qtbot: QtBot) -> None:
    gate = Gate()
    worker, heard = made(gate, patience=60.0)
    worker.ask(1)
    qtbot.waitUntil(lambda: gate.begun == [1])
    worker.ask(2)
    gate.may_go_on.set()
    delivered(worker)
    assert heard.answers == [(1, 2), (2, 4)]
    gate = Gate()
    worker, heard = made(gate, patience=0.05)
    worker.ask(1)
    qtbot.waitUntil(lambda: gate.begun == [1])
    worker.ask(2)  # given up by itself, without another question
    qtbot.waitUntil(lambda: gate.begun == [1, 2])
    gate.may_go_on.set()
    delivered(worker)
    assert heard.answers == [(2, 4)]


@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_nothing_is_heard_of_what_was_cancelled(made: Any, qtbot: QtBot, patience: float) -> None:
    gate = Gate()
    worker, heard = made(gate, patience=patience)
    worker.ask(1)
    qtbot.waitUntil(lambda: gate.begun == [1])
    worker.cancel()
    assert not worker.is_busy
    delivered(worker)
    gate.may_go_on.set()
    worker.ask(2)
    assert worker.wait(30)
    worker.cancel()  # the answer is on its way
    delivered(worker)
    assert (heard.answers, heard.failures, gate.ended) == ([], [], [1])
    worker.ask(3)
    delivered(worker)
    assert heard.answers == [(3, 6)]


@pytest.mark.parametrize("error", [ValueError("no"), MemoryError(), SystemExit(1), KeyboardInterrupt()])
def test_whatever_breaks_is_told_once_and_the_next_question_answered(
    made: Any, reports: object, qtbot: QtBot, error: BaseException
) -> None:
    def work(question: int, told: Told) -> int:
        if question < 0:
            raise error
        return question

    worker, heard = made(work)
    for k in range(1, 4):
        worker.ask(-k)
        delivered(worker)
        assert heard.failures[-1] == (-k, FAILED)
        worker.ask(k)
        delivered(worker)
    assert (heard.answers, len(heard.failures)) == ([(1, 1), (2, 2), (3, 3)], 3)


def test_what_is_asked_while_the_thread_dies_is_answered(made: Any, reports: object, qtbot: QtBot) -> None:
    dying, may_die = threading.Event(), threading.Event()

    def work(question: int, told: Told) -> int:
        if question == 1:
            dying.set()
            assert may_die.wait(30)
            raise SystemExit
        return question

    worker, heard = made(work)
    worker.ask(1)
    assert dying.wait(30)
    worker.ask(2)
    may_die.set()
    qtbot.waitUntil(lambda: heard.answers == [(2, 2)])


def test_every_question_is_answered_or_overtaken(made: Any, reports: object, qtbot: QtBot) -> None:
    """300 questions, asked and cancelled at random moments, of which some break the work and some its thread."""
    chance = random.Random(5)
    ends = {"well": "answer", "badly": "failed", "deadly": "failed"}

    def work(question: tuple[int, str, float], told: Told) -> int:
        number, how, seconds = question
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            told("on")
        if how == "badly":
            raise ValueError
        if how == "deadly":
            raise SystemExit
        return number

    worker, heard = made(work)
    due: dict[int, str] = {}
    for number in range(300):
        how = chance.choice(list(ends))
        worker.ask((number, how, chance.choice([0.0, 0.0, 0.001, 0.004])))
        act = chance.random()
        if act < 0.5:
            qtbot.waitUntil(lambda: not worker.is_busy)
            due[number] = ends[how]
        elif act < 0.6:
            worker.cancel()
        elif act < 0.8:
            QCoreApplication.processEvents()
            if not worker.is_busy:
                due[number] = ends[how]
    qtbot.waitUntil(lambda: not worker.is_busy)
    due.setdefault(299, ends[how]) if act >= 0.6 or act < 0.5 else None
    said = [(q[0], "answer") for q, _ in heard.answers] + [(q[0], "failed") for q, _ in heard.failures]
    assert len(said) == len({number for number, _ in said})
    assert dict(said) == due


def test_after_a_stop_nothing_begins(qtbot: QtBot, no_thread_left: None) -> None:
    gate = Gate()
    worker = Worker("test", gate)
    heard = Heard(worker)
    worker.ask(1)
    qtbot.waitUntil(lambda: gate.begun == [1])
    assert worker.stop(10)
    worker.ask(2)
    QCoreApplication.processEvents()
    assert (gate.begun, heard.answers, heard.failures, worker.is_busy) == ([1], [], [], False)


def test_a_stop_waits_no_longer_than_it_may(qtbot: QtBot, no_thread_left: None) -> None:
    stuck, may_end = threading.Event(), threading.Event()

    def work(_: int, __: Told) -> None:
        stuck.set()
        may_end.wait(60)

    worker = Worker("test", work)
    worker.ask(1)
    assert stuck.wait(30)
    assert not worker.stop(0.05)
    may_end.set()
    assert worker.wait(30)
