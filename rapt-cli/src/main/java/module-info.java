/** The command line: one class for each command, and packages of what they share. */
@org.jspecify.annotations.NullMarked
module dev.rapt.cli {
  requires static org.jspecify;
  requires dev.rapt.train;
  requires dev.rapt.verify;
  requires info.picocli;
  requires java.desktop;
  requires java.logging;
  requires java.management;
  requires org.jline;
  requires org.slf4j;
  requires tools.jackson.databind;
  requires xchart;

  opens dev.rapt.cli to
      info.picocli;
  opens dev.rapt.cli.bench to
      info.picocli;
  opens dev.rapt.cli.command to
      info.picocli;
  opens dev.rapt.cli.command.check to
      info.picocli;
  opens dev.rapt.cli.command.model to
      info.picocli;
  opens dev.rapt.cli.command.text to
      info.picocli;
  opens dev.rapt.cli.command.train to
      info.picocli;
  opens dev.rapt.cli.machine to
      info.picocli;
  opens dev.rapt.cli.options to
      info.picocli;
  opens dev.rapt.cli.text to
      info.picocli;
  opens dev.rapt.cli.run to
      tools.jackson.databind;
}
