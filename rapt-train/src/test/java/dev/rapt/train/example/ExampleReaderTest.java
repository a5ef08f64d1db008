package dev.rapt.train.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleReaderTest {
  @TempDir private Path folder;

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static List<String> texts(List<Example> examples, String column) {
    return examples.stream().map(example -> example.text(column)).toList();
  }

  @Test
  void tabSeparatedCellsAreTakenAsTheyStand() throws IOException {
    Path file = file("a.tsv", "\uFEFFtext\tlabel\r\n\"quoted\t1\r\n\n a , b\t0\n");
    List<Example> examples = ExampleReader.readAll(file);
    assertThat(texts(examples, "text")).containsExactly("\"quoted", " a , b");
    assertThat(examples.getLast().number("label")).isZero();
    assertThat(examples.getLast().line()).isEqualTo(4);
  }

  @Test
  void quotedCellsHoldCommasQuotesAndLineEnds() throws IOException {
    Path file = file("a.csv", "text,label\n\"one, \"\"two\"\"\nthree\",x\nplain,\"\"\n");
    List<Example> examples = ExampleReader.readAll(file);
    assertThat(texts(examples, "text")).containsExactly("one, \"two\"\nthree", "plain");
    assertThat(texts(examples, "label")).containsExactly("x", "");
    assertThat(examples.getLast().line()).isEqualTo(4);
  }

  @Test
  void gzipIsDecompressed() throws IOException {
    Path file = folder.resolve("a.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("{\"text\": \"é\", \"n\": 3}\n".getBytes(StandardCharsets.UTF_8));
    }
    List<Example> examples = ExampleReader.readAll(file);
    assertThat(examples.getFirst().text("text")).isEqualTo("é");
    assertThat(examples.getFirst().number("n")).isEqualTo(3);
  }

  @Test
  void arraysOfObjectsAreReadOnAnyNumberOfLines() throws IOException {
    Path file =
        file("a.json", "[\n  {\"text\": \"a\",\n   \"label\": 1},\n  {\"text\": \"b\"}\n]\n");
    List<Example> examples = ExampleReader.readAll(file);
    assertThat(texts(examples, "text")).containsExactly("a", "b");
    assertThat(examples).extracting(Example::line).containsExactly(2L, 4L);
    assertThat(ExampleReader.readAll(file("empty.json", "[]"))).isEmpty();
  }

  @Test
  void objectsOneAfterTheOtherAreReadWithoutAnArray() throws IOException {
    Path file = file("a.json", "{\"text\": \"a\"}\n{\n\"text\": \"b\"}");
    assertThat(texts(ExampleReader.readAll(file), "text")).containsExactly("a", "b");
  }

  @Test
  void arraysOfSomethingElseAreRefused() throws IOException {
    refuses(
        "a.json",
        "[{\"text\": \"a\"},\n 3]",
        "line 2: must be an array of JSON objects, {\"text\": ..., \"label\": ...}, got NUMBER in it");
    Path file = file("b.json", "[{\"text\": \"a\"},\n {\"text\": ");
    assertThatThrownBy(() -> ExampleReader.readAll(file))
        .isInstanceOf(ExampleException.class)
        .hasMessageStartingWith(file + ", line 2: must be a JSON object, but ");
  }

  @Test
  void columnsOfATableWithoutHeaderAreNamedByTheCaller() throws IOException {
    Path file = file("a.tsv", "one\t1\n");
    try (ExampleReader reader =
        ExampleReader.open(file, ExampleFormat.TSV, List.of("text", "label"))) {
      Example example = reader.next();
      assertThat(example).isNotNull();
      assertThat(example.text("text")).isEqualTo("one");
      assertThat(reader.next()).isNull();
    }
  }

  private void refuses(String name, String content, String message) throws IOException {
    Path file = file(name, content);
    assertThatThrownBy(() -> ExampleReader.readAll(file))
        .isInstanceOf(ExampleException.class)
        .hasMessage(file + ", " + message);
  }

  @Test
  void linesThatCannotBeUsedAreNamed() throws IOException {
    refuses(
        "a.tsv",
        "text\tlabel\na\t1\t2\n",
        "line 2: must have 2 cells, as the columns [text, label], got 3");
    refuses(
        "b.tsv",
        "text\ttext\n",
        "line 1: the names of the columns must be distinct and not empty, got [text, text]");
    refuses(
        "a.csv",
        "text,label\nx,1\n\"open,2\nmore,3\n",
        "line 3: a quote opens in this record and must be closed, but the file ends");
    refuses(
        "b.csv",
        "text,label\nsay \"no\",1\n",
        "line 2: a quote inside a cell must be doubled, and the cell must be in quotes");
    refuses(
        "c.csv",
        "text,label\n\"say \"no\"\",1\n",
        "line 2: a comma must follow a closing quote, got \"no\"\",1\"; double the quotes inside cells");
    refuses("a.jsonl", "{\"a\": 1}\n\n[1]\n", "line 3: must be a JSON object, got ARRAY");
  }

  @Test
  void bytesThatAreNotUtf8AreNamed() throws IOException {
    Path file = folder.resolve("a.tsv");
    Files.write(file, new byte[] {'t', '\n', 'a', (byte) 0xE9, '\n'});
    assertThatThrownBy(() -> ExampleReader.readAll(file))
        .hasMessage(
            file
                + ", line 2: must be UTF-8 text, got byte 0xE9 at byte 2 of the line; convert it with iconv -f ENCODING -t UTF-8");
  }

  @Test
  void valuesThatAreMissingOrNoNumbersAreNamed() throws IOException {
    Path file = file("a.jsonl", "{\"a\": [1], \"b\": \"x\"}\n");
    Example example = ExampleReader.readAll(file).getFirst();
    assertThatThrownBy(() -> example.text("c"))
        .hasMessage(file + ", line 1: must have a value in \"c\", got the columns [a, b]");
    assertThatThrownBy(() -> example.text("a"))
        .hasMessage(file + ", line 1: \"a\" must be text, got [1]");
    assertThatThrownBy(() -> example.number("b"))
        .hasMessage(file + ", line 1: \"b\" must be a number, got \"x\"");
  }

  @Test
  void taggedSentencesEndAtBlankLines() throws IOException {
    Path file =
        file("a.conll", "-DOCSTART- -X- O O\n\nEU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\n");
    List<TaggedSentences.Sentence> sentences = TaggedSentences.read(file);
    assertThat(sentences)
        .containsExactly(
            new TaggedSentences.Sentence(file, 3, List.of("EU", "rejects"), List.of("B-ORG", "O")),
            new TaggedSentences.Sentence(file, 6, List.of("Peter"), List.of("B-PER")));
    Path ragged = file("b.conll", "EU NNP B-ORG\nrejects O\n");
    assertThatThrownBy(() -> TaggedSentences.read(ragged))
        .hasMessage(ragged + ", line 2: must have 3 columns as the lines before, got 2 columns");
  }
}
