import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.csr import Graph, from_edges, reverse, to_undirected
from tests.unit.graph_algos.strategies import graphs


def dense(graph):
    matrix = np.zeros((graph.node_count, graph.node_count))
    for node in range(graph.node_count):
        row = slice(graph.indptr[node], graph.indptr[node + 1])
        matrix[node, graph.indices[row]] = 1.0 if graph.weights is None else graph.weights[row]
    return matrix


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 9)), max_size=30),
    st.booleans(),
    st.booleans(),
)
def test_edges_are_summed_loops_dropped_and_rows_sorted(edges, directed, weighted):
    expected = np.zeros((7, 7))
    for a, b, w in edges:
        if a != b:
            expected[a, b] += w if weighted else 1
            if not directed:
                expected[b, a] += w if weighted else 1
    columns = [list(column) for column in zip(*edges, strict=True)] or [[], [], []]
    graph = from_edges(columns[0], columns[1], columns[2] if weighted else None, node_count=7, directed=directed)
    assert (dense(graph) == (expected if weighted else expected > 0)).all()
    for node in range(7):
        row = graph.indices[graph.indptr[node] : graph.indptr[node + 1]]
        assert (np.diff(row) > 0).all()
    assert graph.edge_count == graph.degrees.sum()
    assert graph.edge_count == len(
        {(a, b) for a, b, _ in edges if a != b} | ({(b, a) for a, b, _ in edges if a != b} if not directed else set())
    )


@given(graphs(directed=True))
def test_reverse_is_the_transpose_and_to_undirected_the_sum(graph):
    assert (dense(reverse(graph)) == dense(graph).T).all()
    both = dense(graph) + dense(graph).T
    assert (dense(to_undirected(graph)) == (np.minimum(both, 1) if graph.weights is None else both)).all()


@given(graphs())
def test_an_undirected_graph_is_symmetric_and_its_own_reverse(graph):
    assert (dense(graph) == dense(graph).T).all()
    assert reverse(graph) is graph
    assert to_undirected(graph) is graph


def test_a_weighted_edge_takes_eight_bytes():
    graph = from_edges([0], [1], [1.0], node_count=2)
    assert (graph.indices.itemsize, graph.weights.itemsize, graph.indptr.itemsize) == (4, 4, 8)


def test_mapped_arrays_are_not_copied_nor_written(tmp_path):
    path = tmp_path / "indices.npy"
    np.save(path, np.array([1, 0], dtype=np.int32))
    mapped = np.load(path, mmap_mode="r")
    graph = Graph(np.array([0, 1, 2]), mapped, None, directed=False)
    assert np.shares_memory(graph.indices, mapped)
    assert not graph.indptr.flags.writeable


@pytest.mark.parametrize(
    ("source", "target", "weight", "count"),
    [
        ([0], [2], None, 2),
        ([-1], [0], None, 2),
        ([0, 1], [1], None, 2),
        ([0.5], [1.0], None, 2),
        ([0], [1], [-1.0], 2),
        ([0], [1], [np.nan], 2),
        ([0], [1], [1e39], 2),
        ([0, 0], [1, 1], [3e38, 3e38], 2),
        ([0], [1], [1.0, 2.0], 2),
        ([2**40], [0], None, 2),
        ([], [], None, -1),
    ],
)
def test_bad_edges_are_refused(source, target, weight, count):
    with pytest.raises(ValueError):
        from_edges(source, target, weight, node_count=count)


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError):
        Graph(np.array([0, 3]), np.array([0, 1]), None, directed=True)
    with pytest.raises(ValueError):
        Graph(np.array([0, 2]), np.array([0, 1]), np.array([1.0]), directed=True)
