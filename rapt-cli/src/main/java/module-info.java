/** The command line: one class per command. */
@org.jspecify.annotations.NullMarked
module dev.rapt.cli {
  requires static org.jspecify;
  requires dev.rapt.train;
  requires dev.rapt.verify;
  requires info.picocli;
  requires java.desktop;
  requires jdk.management;
  requires java.management;
  requires org.jline;
  requires org.slf4j;
  requires tools.jackson.databind;
  requires xchart;

  opens dev.rapt.cli to
      info.picocli;
}
