package dev.rapt.eval.task;

import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tasks that are run together: one task file, or a group of lm-evaluation-harness, whose YAML lists
 * task files beside it and the metrics that are averaged over them.
 */
public final class EvalGroup {
  private final List<EvalTask> tasks = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();

  /**
   * A group.
   *
   * @param tasks its tasks, those of the groups in it included
   */
  private record Group(String name, String version, List<EvalTask> tasks, List<Mean> means) {}

  /**
   * A metric that is averaged.
   *
   * @param filters names of filters; empty for all that the tasks have
   * @param bySize whether tasks count by their number of examples, or all alike
   */
  private record Mean(YamlNode metric, Set<String> filters, boolean bySize) {
    static Mean read(YamlNode node) {
      TaskKeys keys = TaskKeys.of(node);
      YamlNode aggregation = keys.find("aggregation").orElse(null);
      if (aggregation != null && !aggregation.text().equals("mean")) {
        throw aggregation.error("must be mean, got " + aggregation.text());
      }
      Set<String> filters = new TreeSet<>();
      keys.find("filter_list")
          .ifPresent(list -> list.elements().forEach(filter -> filters.add(filter.text())));
      Mean mean = new Mean(keys.require("metric"), filters, keys.flagOr("weight_by_size", true));
      keys.refuseOthers();
      return mean;
    }
  }

  private EvalGroup() {}

  /**
   * Reads the file of a task or of a group.
   *
   * @throws TaskException if it cannot be used
   */
  public static EvalGroup read(Path file, EvalTask.Settings settings) throws IOException {
    EvalGroup group = new EvalGroup();
    group.add(TaskKeys.read(file), settings, new HashSet<>());
    return group;
  }

  private List<EvalTask> add(TaskKeys keys, EvalTask.Settings settings, Set<Path> outer)
      throws IOException {
    YamlNode children = keys.find("task").filter(YamlNode::isList).orElse(null);
    if (children == null) {
      EvalTask task = new EvalTask(keys, settings);
      tasks.add(task);
      return List.of(task);
    }
    Path file = keys.file().toAbsolutePath().normalize();
    if (!outer.add(file)) {
      throw children.error("must not name a group that this one is in, got a cycle");
    }
    List<EvalTask> own = addGroup(keys, children, settings, outer);
    outer.remove(file);
    return own;
  }

  private List<EvalTask> addGroup(
      TaskKeys keys, YamlNode children, EvalTask.Settings settings, Set<Path> outer)
      throws IOException {
    String name = keys.require("group").text();
    keys.ignore("task", "group_alias", "tag");
    String version = keys.version();
    List<Mean> means =
        keys.find("aggregate_metric_list")
            .map(list -> list.elements().stream().map(Mean::read).toList())
            .orElse(List.of());
    keys.refuseOthers();
    List<EvalTask> own = new ArrayList<>();
    for (YamlNode child : children.elements()) {
      YamlNode inner = child.isMap() ? child.fields().get("task") : null;
      own.addAll(
          inner != null && inner.isList()
              ? addGroup(TaskKeys.of(child), inner, settings, outer)
              : add(child(child), settings, outer));
    }
    groups.add(new Group(name, version, own, means));
    return own;
  }

  /** Returns the keys of a task file, of which an entry of the list may change some. */
  private static TaskKeys child(YamlNode node) throws IOException {
    YamlNode name = node.isMap() ? node.fields().get("task") : node;
    if (name == null || name.isList() || name.isMap()) {
      throw node.error(
          "must be the name of a task, keys with task: NAME, or a group with a list of tasks, got another value");
    }
    Path file = node.file().resolveSibling(name.text() + ".yaml");
    if (!Files.isRegularFile(file)) {
      throw name.error(
          "must be a task in a file beside the group, %s, got no file".formatted(file));
    }
    TaskKeys keys = TaskKeys.read(file);
    return node.isMap() ? keys.with(node.fields()) : keys;
  }

  /** Returns the tasks, in order. */
  public List<EvalTask> tasks() {
    return tasks;
  }

  /**
   * Averages the figures of the tasks.
   *
   * @param results those of the tasks
   * @return a result for each group and filter, without samples
   * @throws TaskException if a figure is not a mean over examples
   */
  public List<TaskResult> means(List<TaskResult> results) {
    List<TaskResult> means = new ArrayList<>();
    for (Group group : groups) {
      Set<String> names = new HashSet<>();
      group.tasks.forEach(task -> names.add(task.name()));
      List<TaskResult> own =
          results.stream().filter(result -> names.contains(result.task())).toList();
      Set<String> filters = new TreeSet<>();
      own.forEach(result -> filters.add(result.filter()));
      for (String filter : filters) {
        List<Figure> figures = figures(group, filter, own);
        if (!figures.isEmpty()) {
          means.add(new TaskResult(group.name, group.version, filter, 0, figures, List.of()));
        }
      }
    }
    return means;
  }

  private static List<Figure> figures(Group group, String filter, List<TaskResult> results) {
    List<Figure> figures = new ArrayList<>();
    for (Mean mean : group.means) {
      if (!mean.filters.isEmpty() && !mean.filters.contains(filter)) {
        continue;
      }
      List<Figure> parts =
          results.stream()
              .filter(result -> result.filter().equals(filter))
              .flatMap(result -> result.figures().stream())
              .filter(figure -> figure.metric().equals(mean.metric.text()))
              .toList();
      if (!parts.isEmpty()) {
        figures.add(mean(parts, mean));
      }
    }
    return figures;
  }

  private static Figure mean(List<Figure> parts, Mean mean) {
    List<double[]> rows = new ArrayList<>();
    for (Figure part : parts) {
      if (part.aggregation() != Aggregation.MEAN) {
        throw mean.metric.error(
            "must be a metric that is a mean over examples, got " + part.metric());
      }
      double share = mean.bySize ? 1 : 1.0 / part.count();
      for (double[] row : part.rows()) {
        rows.add(new double[] {row[0] * share, row[1] * share});
      }
    }
    Figure first = parts.getFirst();
    return new Figure(
        first.metric(), first.higherIsBetter(), Aggregation.MEAN, rows.toArray(double[][]::new));
  }
}
