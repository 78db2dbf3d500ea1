"""The loader of statements refuses what a reader of the file would be misled by."""

import pytest

import cypher

HEADER = "// What is there?\n// mode: read\n// params: id, limit\n// returns: n\n"
BODY = "MATCH (n:Need {id: $id}) RETURN n.text AS n LIMIT $limit"


def test_a_statement_is_read_with_its_header():
    query = cypher.parse("a/b", HEADER + BODY)
    assert (query.about, query.mode, query.params, query.returns) == ("What is there?", "read", {"id", "limit"}, ("n",))
    assert query.text == HEADER + BODY


@pytest.mark.parametrize(
    "missing", ["// What is there?\n", "// mode: read\n", "// params: id, limit\n", "// returns: n\n"]
)
def test_a_header_without_one_of_its_lines_is_refused(missing: str):
    with pytest.raises(cypher.CatalogueError):
        cypher.parse("a/b", HEADER.replace(missing, "") + BODY)


@pytest.mark.parametrize(
    "text",
    [
        HEADER + BODY + " // $hidden",
        HEADER.replace("id, limit", "id, limit, more") + BODY,
        HEADER + BODY + " SKIP $more",
        HEADER.replace("mode: read", "mode: maybe") + BODY,
        HEADER + "// defaults: colour=1\n" + BODY,
        HEADER + "// defaults: limit\n" + BODY,
    ],
)
def test_a_header_that_disagrees_with_its_statement_is_refused(text: str):
    if "$hidden" in text:
        assert cypher.parse("a/b", text).params == {"id", "limit"}  # a comment holds no parameters
        return
    with pytest.raises(cypher.CatalogueError):
        cypher.parse("a/b", text)


def test_texts_and_names_hold_no_parameters():
    text = (
        HEADER
        + "MATCH (n:Need {id: $id}) WHERE n.text <> '$other' AND n.`$strange` = \"$x\" RETURN n.text AS n LIMIT $limit"
    )
    assert cypher.parse("a/b", text).params == {"id", "limit"}


def test_defaults_are_numbers_where_they_look_like_numbers():
    text = HEADER + "// defaults: limit=100, id=open\n" + BODY
    assert cypher.parse("a/b", text).defaults == {"limit": 100, "id": "open"}
    assert cypher.parse("a/b", text.replace("100", "-0.5")).defaults["limit"] == -0.5


def test_binding_names_what_is_missing_and_what_is_unknown():
    query = cypher.parse("a/b", HEADER + BODY)
    assert query.bind({"id": 1, "limit": 2}) == {"id": 1, "limit": 2}
    with pytest.raises(cypher.CatalogueError, match=r"missing \['limit'\], unknown \['x'\]"):
        query.bind({"id": 1, "x": 2})


@pytest.mark.parametrize("name", ["../secrets", "a/b/c", "a", "A/b", "system/nothing_there"])
def test_a_name_outside_the_catalogue_is_refused(name: str):
    with pytest.raises(cypher.CatalogueError):
        cypher.query(name)


def test_the_catalogue_lists_its_folders():
    assert set(cypher.names("explore")) < set(cypher.names())
    assert all(cypher.query(name).name == name for name in cypher.names())


def test_every_relationship_of_the_schema_joins_labels_of_the_schema():
    schema = cypher.schema()
    for kind in schema.relationships.values():
        assert {*kind.from_labels, *kind.to_labels} <= set(schema.nodes)
    for label in schema.nodes.values():
        assert {*label.unique, *(column for columns in label.index for column in columns)} <= set(label.properties)
