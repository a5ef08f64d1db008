/** The command line: one class per command. */
@org.jspecify.annotations.NullMarked
module dev.rapt.cli {
  requires static org.jspecify;
  requires dev.rapt.train;
}
