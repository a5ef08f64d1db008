package dev.rapt.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds the projects of the folder {@code examples} against the artifacts of this build, and runs
 * them. Maven finds the artifacts in a repository that the build has staged, and everything else in
 * the user's own.
 */
class ExampleProjectsTest {
  private static final String CONTINUED = "one two three four";

  @TempDir Path temp;

  @Test
  void classPathProjectRunsFromTheClassPathAndAsFatJar() throws Exception {
    Path target = build("class-path");
    String classPath =
        target.resolve("example.jar") + File.pathSeparator + target.resolve("lib").resolve("*");
    List<String> onClassPath =
        List.of("--enable-native-access=ALL-UNNAMED", "-cp", classPath, "example.Example");
    List<String> fatJar = List.of("-jar", target.resolve("example-all.jar").toString());

    assertThat(run(onClassPath)).contains(CONTINUED);
    assertThat(run(fatJar)).contains(CONTINUED);
  }

  @Test
  void modulePathProjectRunsFromTheModulePath() throws Exception {
    Path target = build("module-path");
    String modulePath = target.resolve("example.jar") + File.pathSeparator + target.resolve("lib");
    List<String> module =
        List.of(
            "--enable-native-access=dev.rapt.tensor",
            "-p",
            modulePath,
            "-m",
            "example.modular/example.modular.Example");

    assertThat(run(module)).contains(CONTINUED);
  }

  /** Runs an example; checks that it used the native libraries, which it copies to its cache. */
  private String run(List<String> arguments) throws IOException, InterruptedException {
    Path cache = Files.createTempDirectory(temp, "cache");
    Path folder = Files.createTempDirectory(temp, "run");
    List<String> command = new ArrayList<>();
    command.add(Processes.java());
    command.add("-Drapt.cache=" + cache);
    command.add("--add-modules");
    command.add("jdk.incubator.vector");
    command.addAll(arguments);
    command.add(folder.toString());
    String output = Processes.output(folder, Map.of(), command);
    try (Stream<Path> files = Files.walk(cache)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("native libraries copied by %s", command)
          .anyMatch(name -> name.contains("dnnl") && !name.startsWith("."));
    }
    return output;
  }

  /** Builds a copy of an example with Maven; its target folder. */
  private static Path build(String name) throws IOException, InterruptedException {
    Path staged = Path.of(System.getProperty("rapt.staged"));
    Path copy =
        Folders.copyOfSources(
            Path.of(System.getProperty("rapt.root"), "examples", name),
            staged.resolveSibling("examples").resolve(name));
    List<String> command = new ArrayList<>();
    String script = Processes.isWindows() ? "mvn.cmd" : "mvn";
    command.add(Path.of(System.getProperty("rapt.maven"), "bin", script).toString());
    command.add("--batch-mode");
    command.add("--no-transfer-progress");
    if (System.getProperty("rapt.settings").equals("offline=true")) {
      command.add("--offline");
    }
    command.add("-Dmaven.repo.local=" + staged);
    command.add("-Dmaven.repo.local.tail=" + System.getProperty("rapt.repository"));
    command.add("-Drapt.version=" + System.getProperty("rapt.version"));
    command.add("package");
    Processes.output(copy, Map.of("JAVA_HOME", System.getProperty("java.home")), command);
    return copy.resolve("target");
  }
}
