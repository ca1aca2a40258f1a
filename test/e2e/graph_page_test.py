"""Looks into the page that `weir pipeline graph --format html` prints.

Usage: graph_page_test.py <path of weir>
"""

import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))


class Page(html.parser.HTMLParser):
    """Its elements with their attributes, the text of its SVG, and its data."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.data, self.open = [], [], None, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        tag, attributes = self.open[-1] if self.open else ("", {})
        if tag == "text":
            self.texts.append(text)
        if tag == "script" and attributes.get("type") == "application/json":
            self.data = json.loads(text)

    def of_class(self, name):
        return [attributes for _, attributes in self.elements
                if name in attributes.get("class", "").split()]


class GraphPageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "data").mkdir()
        (self.folder / "data" / "a.csv").write_text(
            "id,n\n" + "".join(f"{i},{i % 10}\n" for i in range(100)))
        (self.folder / "spark-pipeline.yml").write_text(
            "name: '<b>drawn</b>'\nstorage: out\nlibraries:\n  - glob: {include: '*.sql'}\n")
        (self.folder / "flows.sql").write_text(
            "CREATE STREAMING TABLE raw (id INT, n INT,\n"
            "  CONSTRAINT `</script><b>` EXPECT (n < 9) ON VIOLATION DROP ROW)\n"
            "AS SELECT id, n FROM STREAM read_files('data', format => 'csv', header => true);\n"
            "CREATE MATERIALIZED VIEW sums AS SELECT n, sum(id) AS s FROM raw GROUP BY n;\n"
            "CREATE MATERIALIZED VIEW bad AS SELECT 1 / (n - n) AS x FROM raw;\n")

    def weir(self, *arguments, code=0):
        ran = subprocess.run([WEIR, "--home", self.folder / "home", "pipeline", *arguments],
                             cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(ran.returncode, code, ran.stderr)
        return ran.stdout

    def page(self):
        text = self.weir("graph", "--format", "html")
        self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""), r"(https?:)//")
        page = Page(text)
        self.assertFalse({"link", "img", "iframe"} & {tag for tag, _ in page.elements})
        self.assertFalse([one for _, one in page.elements if "src" in one])
        self.nodes = {node["name"]: node for node in page.data}
        return page

    def test_before_the_first_update_it_has_datasets_columns_and_edges(self):
        page = self.page()
        self.assertEqual(self.nodes["main.default.raw"]["columns"], [["id", "int"], ["n", "int"]])
        self.assertEqual(self.nodes["main.default.sums"]["columns"],
                         [["n", "int"], ["s", "bigint"]])
        self.assertTrue(self.nodes["main.default.raw"]["defined"].endswith("flows.sql:1"))
        names = [node["name"].split(".")[-1] for node in page.data]
        self.assertEqual({(names[int(edge["data-from"])], names[int(edge["data-to"])])
                          for edge in page.of_class("edge")},
                         {("read_files('data')", "raw"), ("raw", "bad"), ("raw", "sums")})
        self.assertIn("streaming table", page.texts)
        self.assertFalse(page.of_class("COMPLETED"))

    def test_after_an_update_it_says_what_that_did(self):
        self.weir("run", code=1)
        page = self.page()
        self.assertTrue(any(re.fullmatch(r"90 rows · [\d.]+ s · 10 failed", text)
                            for text in page.texts), page.texts)
        self.assertEqual((len(page.of_class("COMPLETED")), len(page.of_class("FAILED"))), (2, 1))
        flow = self.nodes["main.default.raw"]["flows"][0]
        self.assertIn(["rows dropped", "10"], flow["figures"])
        self.assertEqual(flow["expectations"], [["</script><b>", "10 failed, 90 passed"]])
        self.assertIn("DIVIDE_BY_ZERO", self.nodes["main.default.bad"]["flows"][0]["message"])
        self.assertFalse([tag for tag, _ in page.elements if tag == "b"])
        self.weir("run", code=1)
        self.assertEqual(self.page().texts.count("nothing new"), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
