/** Benchmarks of kernels and of whole runs. */
@org.jspecify.annotations.NullMarked
module dev.rapt.bench {
  requires static org.jspecify;
  requires dev.rapt.train;
  requires java.management;
  requires jdk.management;
}
