package dev.rapt.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A command that ran in this process: its exit status and its output. */
public record CommandLineRun(int status, String out, String err) {
  /** Runs a command. */
  public static CommandLineRun of(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    int status = Rapt.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
    return new CommandLineRun(status, out.toString(), err.toString());
  }
}
