package example.modular;

import dev.rapt.text.TextModel;
import dev.rapt.train.TextTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Trains a small model on numbers in words, over and over, and lets it continue. */
public final class Example {
  private Example() {}

  /** The optional argument names the folder for the trained model. */
  public static void main(String[] args) throws IOException {
    Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("example");
    Path text = folder.resolve("text.txt");
    Files.writeString(text, "one two three four five six. ".repeat(500));
    try (TextModel model =
        TextTraining.on(text).characters().batchSize(4).steps(100).run(folder.resolve("model"))) {
      System.out.println("one two" + model.generate("one two", 11));
    }
  }
}
