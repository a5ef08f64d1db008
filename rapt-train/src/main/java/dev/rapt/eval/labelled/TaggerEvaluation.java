package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.metrics.EntityScore;
import dev.rapt.model.load.StoredModel;
import dev.rapt.text.Tagger;
import dev.rapt.train.example.TaggedSentences;
import dev.rapt.train.task.token.TagTask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleConsumer;

/**
 * Tagging of words: F1 of entities as conlleval counts them, if the tags are those of entities, and
 * the share of words whose tag is right. A word has the tag of its first token.
 */
final class TaggerEvaluation implements LabelledEvaluation {
  @Override
  public String name() {
    return "tag";
  }

  @Override
  public Set<String> columns() {
    return Set.of("words", "tags");
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<TaggedSentences.Sentence> sentences =
        file.notEmpty(
            TagTask.read(
                file.single(),
                file.columns(),
                TaggedSentences.numbered(StoredModel.of(folder).config())));
    List<List<String>> found = new ArrayList<>();
    try (Tagger model = Tagger.load(folder)) {
      model.onProgress((done, all) -> progress.accept((double) done / all));
      List<Tagger.Tagged> tagged =
          model.tag(sentences.stream().map(each -> String.join(" ", each.words())).toList());
      for (int i = 0; i < sentences.size(); i++) {
        found.add(tags(sentences.get(i).words(), tagged.get(i).tokens()));
      }
    }
    int n = sentences.size();
    double[][] entities = new double[n][], words = new double[n][];
    boolean areEntities = false;
    List<TaskResult.Sample> samples = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      List<String> expected = sentences.get(i).tags(), predicted = found.get(i);
      areEntities |= expected.stream().anyMatch(tag -> tag.matches("[BIESLU]-.+"));
      EntityScore score = new EntityScore();
      score.add(expected, predicted);
      EntityScore.Counts all = score.total();
      entities[i] =
          new double[] {all.right(), all.predicted() - all.right(), all.expected() - all.right()};
      int right = 0;
      for (int w = 0; w < expected.size(); w++) {
        right += expected.get(w).equals(predicted.get(w)) ? 1 : 0;
      }
      words[i] = new double[] {right, expected.size()};
      samples.add(
          new TaskResult.Sample(
              sentences.get(i).file().toString(),
              sentences.get(i).line(),
              List.of(),
              String.join(" ", predicted),
              List.of(String.join(" ", expected))));
    }
    List<Figure> figures = new ArrayList<>();
    if (areEntities) {
      figures.add(new Figure("f1", true, Aggregation.F1, entities));
    }
    figures.add(new Figure("accuracy", true, Aggregation.MEAN, words));
    return new TaskResult(file.name(), "", "none", 0, figures, samples);
  }

  /** Returns for each word the class of the first token that begins in it; O without one. */
  private static List<String> tags(List<String> words, List<Tagger.Token> tokens) {
    List<String> tags = new ArrayList<>();
    int next = 0;
    int start = 0;
    for (String word : words) {
      int end = start + word.codePointCount(0, word.length());
      String tag = null;
      for (; next < tokens.size() && tokens.get(next).start() < end; next++) {
        Tagger.Token token = tokens.get(next);
        boolean isText = token.word() >= 0 && token.end() > token.start();
        if (tag == null && isText && token.end() > start) {
          tag = token.label();
        }
      }
      tags.add(tag == null ? "O" : tag);
      start = end + 1;
    }
    return tags;
  }
}
