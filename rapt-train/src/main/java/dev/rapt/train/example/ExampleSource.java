package dev.rapt.train.example;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The examples of a file, one after the other. */
interface ExampleSource extends Closeable {
  /**
   * Returns the next example, or null behind the last one.
   *
   * @throws IOException if the file cannot be read
   * @throws ExampleException if the example cannot be used
   */
  @Nullable Example next() throws IOException;
}
