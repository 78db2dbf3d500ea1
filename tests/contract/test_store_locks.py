"""A lock makes two decisions about one customer meet, on every engine: whoever is second sees what the first did."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.domain.access import OPERATOR_CLI as ME
from app.domain.contact import ContactMessage, ContactState, Letter, Side
from app.ports.store import Transaction
from app.store.store import GraphStore
from tests.contract.portfolio import NOW, customer

TURNS = 4


def letter(name: str, customer_id: str) -> ContactMessage:
    fields = ("a@example.com", "subject", "body", "owner", NOW, NOW + timedelta(days=1))
    return ContactMessage(name, "int_1", customer_id, Side.SEEKER, Letter.OFFER, *fields)


def test_of_many_who_look_before_they_write_one_writes(store: GraphStore) -> None:
    """Without a lock that is a write, several find nothing there and each writes its own."""
    customers = [customer(number) for number in range(TURNS)]
    store.write(ME, lambda tx: tx.customers.save(customers), patient=True)

    def work(tx: Transaction, customer_id: str, name: str) -> None:
        tx.customers.lock([customer_id])
        if not tx.letters.of_customer(customer_id, ContactState.WAITING):
            tx.letters.create(letter(name, customer_id))

    def one(number: int) -> None:
        name = customers[number % TURNS].id
        store.write(ME, lambda tx: work(tx, name, f"ctm_{number}"), patient=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, [turn + TURNS * again for turn in range(TURNS) for again in range(8)]))
    for each in customers:
        found = store.read(ME, lambda tx, each=each: tx.letters.of_customer(each.id, ContactState.WAITING))
        assert len(found) == 1


def test_two_locks_in_another_order_both_end(store: GraphStore) -> None:
    pair = [customer(1), customer(2)]
    store.write(ME, lambda tx: tx.customers.save(pair), patient=True)

    def work(order: int) -> None:
        ids = [one.id for one in pair][:: 1 if order % 2 else -1]
        store.write(ME, lambda tx: [tx.customers.lock([one]) for one in ids], patient=True)

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(work, range(16)))) == 16
