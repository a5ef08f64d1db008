package dev.rapt.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Unpacks the archives of {@code -Pdist} and runs them from another folder, by a symbolic link,
 * read-only, and below a folder with a space in its name.
 */
class ArchiveTest {
  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"", "-with-java"})
  void unpackedArchiveRunsFromAnywhere(String suffix) throws Exception {
    assumeFalse(Processes.isWindows(), "bin/rapt is a script for sh");
    Path installed = Files.createDirectory(temp.resolve("a folder"));
    String archive = System.getProperty("rapt.archive") + suffix + ".tar.gz";
    Processes.output(installed, Map.of(), List.of("tar", "xzf", archive));
    Path home = installed.resolve("rapt-" + System.getProperty("rapt.version") + suffix);
    Path link = Files.createSymbolicLink(temp.resolve("rapt"), home.resolve("bin/rapt"));
    Folders.setWritable(home, false);
    try {
      assertThat(rapt(link, suffix, "--version")).contains(System.getProperty("rapt.version"));
      assertThat(rapt(link, suffix, "--help")).contains("generate", "train");
      assertThat(rapt(link, suffix, "doctor", "--no-measure"))
          .contains("oneDNN")
          .contains("Vector API kernels");
      assertLinksLeadToFiles(home);
    } finally {
      Folders.setWritable(home, true);
    }
  }

  private static void assertLinksLeadToFiles(Path home) throws IOException {
    Pattern link = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    try (Stream<Path> files = Files.walk(home)) {
      for (Path page : files.filter(file -> file.toString().endsWith(".md")).toList()) {
        Matcher links = link.matcher(Files.readString(page));
        while (links.find()) {
          assertThat(page.resolveSibling(links.group(1))).as(page.toString()).exists();
        }
      }
    }
  }

  private String rapt(Path link, String suffix, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(link.toString());
    command.addAll(List.of(arguments));
    // the image needs no JDK: without a usable JAVA_HOME it must still run
    String jdk = suffix.isEmpty() ? System.getProperty("java.home") : "/nowhere";
    String cache = "-Drapt.cache=" + Files.createDirectories(temp.resolve("cache"));
    return Processes.output(
        Files.createTempDirectory(temp, "elsewhere"),
        Map.of("JAVA_HOME", jdk, "RAPT_JAVA_OPTS", cache),
        command);
  }
}
