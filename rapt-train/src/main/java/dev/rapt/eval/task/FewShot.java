package dev.rapt.eval.task;

import dev.rapt.train.example.Example;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The examples that a prompt shows before its question, drawn as lm-evaluation-harness does. */
final class FewShot {
  private final int count;
  private final List<Example> pool;
  private final boolean takesFirst;
  private final boolean holdsEvaluated;
  private final YamlNode owner;
  private final PythonRandom random;

  private FewShot(
      int count,
      List<Example> pool,
      boolean takesFirst,
      boolean holdsEvaluated,
      YamlNode owner,
      long seed) {
    this.count = count;
    this.pool = pool;
    this.takesFirst = takesFirst;
    this.holdsEvaluated = holdsEvaluated;
    this.owner = owner;
    random = new PythonRandom(seed);
  }

  /** What a task file says about the examples. */
  record Settings(
      @Nullable YamlNode split, @Nullable YamlNode samples, boolean takesFirst, YamlNode owner) {
    /** Reads {@code fewshot_split} and {@code fewshot_config}. */
    static Settings read(TaskKeys keys, @Nullable TaskKeys config, YamlNode owner) {
      YamlNode split = keys.find("fewshot_split").orElse(null);
      if (config == null) {
        return new Settings(split, null, false, owner);
      }
      split = config.find("split").orElse(split);
      YamlNode samples = config.find("samples").orElse(null);
      YamlNode sampler = config.find("sampler").orElse(null);
      if (sampler != null && !sampler.text().matches("default|first_n")) {
        throw sampler.error("must be default or first_n, got " + sampler.text());
      }
      boolean takesFirst = sampler != null && sampler.text().equals("first_n");
      return new Settings(split, samples, takesFirst, owner);
    }

    /**
     * Prepares the draws.
     *
     * @param usual split to take if the task names none
     * @param evaluated name of the split {@code test_split}, or null
     */
    FewShot open(
        TaskData data, int count, @Nullable YamlNode usual, @Nullable String evaluated, long seed)
        throws IOException {
      List<Example> pool = List.of();
      YamlNode own = split != null && samples != null && !data.has(split) ? null : split;
      YamlNode from = own != null || samples != null ? own : usual;
      if (count > 0) {
        pool = from != null ? data.split(from) : samples != null ? samples(samples) : List.of();
      }
      String name = own == null ? null : own.text();
      boolean holdsEvaluated = name == null ? evaluated == null : name.equals(evaluated);
      return new FewShot(count, pool, takesFirst, holdsEvaluated, owner, seed);
    }

    private static List<Example> samples(YamlNode samples) {
      List<Example> docs = new ArrayList<>();
      Path file = samples.file();
      for (YamlNode sample : samples.elements()) {
        JsonNode node = JsonMapper.shared().valueToTree(sample.plain());
        if (!(node instanceof ObjectNode object)) {
          throw sample.error("must be a mapping of fields, got " + node.getNodeType());
        }
        docs.add(new Example(file, sample.line(), object));
      }
      return docs;
    }
  }

  /**
   * Draws the examples for the prompt of a document.
   *
   * @throws TaskException if there are too few
   */
  List<Example> draw(Example doc) {
    if (count == 0) {
      return List.of();
    }
    int needed = holdsEvaluated ? count + 1 : count;
    if (pool.size() < needed) {
      throw owner.error(
          "must have at least %d examples for the prompts, got %d".formatted(needed, pool.size()));
    }
    List<Example> others =
        holdsEvaluated
            ? pool.stream().filter(other -> !other.fields().equals(doc.fields())).toList()
            : pool;
    if (takesFirst) {
      return others.subList(0, Math.min(count, others.size()));
    }
    List<Example> drawn = new ArrayList<>();
    for (int index : random.sample(pool.size(), needed)) {
      Example example = pool.get(index);
      if (!holdsEvaluated || !example.fields().equals(doc.fields())) {
        drawn.add(example);
      }
    }
    if (drawn.size() < count) {
      drawn.clear();
      random.sample(others.size(), count).forEach(index -> drawn.add(others.get(index)));
    }
    return drawn.subList(0, count);
  }
}
