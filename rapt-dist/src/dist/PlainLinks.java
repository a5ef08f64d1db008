import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Copies the pages of a folder; of links to files outside it, which archives lack, keeps the text. */
final class PlainLinks {
  private static final Pattern OUTSIDE = Pattern.compile("\\[([^\\]]*)\\]\\(\\.\\./[^)]*\\)");

  public static void main(String[] args) throws IOException {
    Path to = Files.createDirectories(Path.of(args[1]));
    try (DirectoryStream<Path> pages = Files.newDirectoryStream(Path.of(args[0]), "*.md")) {
      for (Path page : pages) {
        String text = OUTSIDE.matcher(Files.readString(page)).replaceAll("$1");
        Files.writeString(to.resolve(page.getFileName()), text);
      }
    }
  }
}
