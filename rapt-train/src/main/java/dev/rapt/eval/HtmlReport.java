package dev.rapt.eval;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.figure.Interval;
import dev.rapt.eval.task.TaskResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** An evaluation as one HTML page that needs no other file: a table, and a plot of each figure. */
public final class HtmlReport {
  private static final int WIDTH = 360;
  private static final int HEIGHT = 34;
  private static final int MARGIN = 12;

  private HtmlReport() {}

  /** Writes the page. */
  public static void write(Path file, EvalRun run) {
    AtomicFiles.write(file, page(run).getBytes(StandardCharsets.UTF_8));
  }

  static String page(EvalRun run) {
    StringBuilder html = new StringBuilder();
    html.append(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>Evaluation of %s</title>
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222 }
        table { border-collapse: collapse; width: 100%% }
        th, td { padding: .3em .6em; text-align: left; border-bottom: 1px solid #e4e4e4 }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
        </style>
        </head>
        <body>
        <h1>Evaluation of %s</h1>
        <p>%s</p>
        <table>
        <tr><th>Task</th><th>Metric</th><th>Filter</th><th class="number">Examples</th>\
        <th class="number">Value</th><th class="number">95%% interval</th><th></th></tr>
        """
            .formatted(escaped(run.model()), escaped(run.model()), summary(run)));
    run.rows().forEach(row -> append(row, html));
    html.append("</table>\n</body>\n</html>\n");
    return html.toString();
  }

  private static String summary(EvalRun run) {
    String intervals =
        run.bootstrap().resamples() == 0
            ? "No intervals were computed."
            : "The intervals are the middle 95%% of %d resamplings of the examples, seed %d."
                .formatted(run.bootstrap().resamples(), run.bootstrap().seed());
    return number(run.seconds()) + " s. " + intervals;
  }

  private static void append(EvalRun.Row row, StringBuilder html) {
    TaskResult result = row.result();
    Figure figure = row.figure();
    Interval interval = row.interval();
    String task =
        escaped(result.task())
            + (result.numFewShot() > 0 ? " (" + result.numFewShot() + " shots)" : "");
    boolean hasInterval = !Double.isNaN(interval.low());
    List<String> cells =
        List.of(
            "<td>" + task + "</td>",
            "<td>"
                + escaped(figure.metric())
                + (figure.higherIsBetter() ? " &uarr;" : " &darr;")
                + "</td>",
            "<td>" + (result.filter().equals("none") ? "" : escaped(result.filter())) + "</td>",
            "<td class=\"number\">" + figure.count() + "</td>",
            "<td class=\"number\">" + number(figure.value()) + "</td>",
            "<td class=\"number\">"
                + (hasInterval ? number(interval.low()) + " to " + number(interval.high()) : "")
                + "</td>",
            "<td>" + (hasInterval ? plot(figure, interval) : "") + "</td>");
    html.append("<tr>").append(String.join("", cells)).append("</tr>\n");
  }

  /** Draws a figure as a point on its interval. Shares are drawn on a scale from 0 to 1. */
  private static String plot(Figure figure, Interval interval) {
    double value = figure.value();
    boolean isShare = value >= 0 && value <= 1 && interval.low() >= 0 && interval.high() <= 1;
    double spread = Math.max(interval.high() - interval.low(), 1e-9);
    double from = isShare ? 0 : Math.min(interval.low(), value) - spread / 2;
    double to = isShare ? 1 : Math.max(interval.high(), value) + spread / 2;
    return String.format(
        Locale.ROOT,
        "<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s\"><line x1=\"%d\" y1=\"14\""
            + " x2=\"%d\" y2=\"14\" stroke=\"#e4e4e4\"/><line x1=\"%.1f\" y1=\"14\" x2=\"%.1f\""
            + " y2=\"14\" stroke=\"#4a7ebb\" stroke-width=\"4\"/><circle cx=\"%.1f\" cy=\"14\""
            + " r=\"5\" fill=\"#1f4e8c\"/><text x=\"%d\" y=\"31\" font-size=\"10\">%s</text><text"
            + " x=\"%d\" y=\"31\" font-size=\"10\" text-anchor=\"end\">%s</text></svg>",
        WIDTH,
        HEIGHT,
        number(value),
        MARGIN,
        WIDTH - MARGIN,
        place(interval.low(), from, to),
        place(interval.high(), from, to),
        place(value, from, to),
        MARGIN,
        number(from),
        WIDTH - MARGIN,
        number(to));
  }

  private static double place(double value, double from, double to) {
    return MARGIN + (value - from) / (to - from) * (WIDTH - 2 * MARGIN);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%.1f" : "%.4f", value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
