package dev.rapt.kernel.onednn;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.JarURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Loader of the shared libraries of oneDNN: finds them on the class path or the module path, copies
 * them once to the user's cache folder, and loads them. The libraries are resources of the artifact
 * {@code org.bytedeco:dnnl:<version>:<platform>}, which {@code dev.rapt:rapt-natives-<platform>}
 * depends on; its Java code is not used. A fat jar may hold the same resources.
 */
@SuppressWarnings("restricted") // loads libraries
final class OneDnnNatives {
  /** Names of library files; JNI bindings, headers and build files do not match. */
  private static final Pattern LIBRARY =
      Pattern.compile("(?!(?:lib)?jni)[^/]+\\.(?:so(?:\\.\\d+)*|(?:\\d+\\.)?dylib|dll)");

  private final SymbolLookup symbols;
  private final Path folder;

  private OneDnnNatives(SymbolLookup symbols, Path folder) {
    this.symbols = symbols;
    this.folder = folder;
  }

  /** The functions of oneDNN and of the OpenMP runtime it uses. */
  SymbolLookup symbols() {
    return symbols;
  }

  /** Folder that the libraries were loaded from. */
  Path folder() {
    return folder;
  }

  /** Thrown if the library is not available; the message gives the reason and the remedy. */
  static final class UnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    UnavailableException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Loads the libraries into this process; they are never unloaded. */
  static OneDnnNatives load() throws UnavailableException {
    String platform = platform();
    String resource = "org/bytedeco/dnnl/" + platform + "/";
    URL url = find(resource);
    if (url == null) {
      throw new UnavailableException(
          "no libraries for "
              + platform
              + " on the class path or the module path; add dev.rapt:rapt-natives-"
              + platform,
          null);
    }
    try {
      if (!(url.openConnection() instanceof JarURLConnection connection)) {
        throw new UnavailableException("libraries must be in a jar, got " + url, null);
      }
      connection.setUseCaches(false);
      try (JarFile jar = connection.getJarFile()) {
        Path folder = cacheFolder().resolve("natives").resolve(version(jar) + "-" + platform);
        List<Path> files = extract(jar, resource, folder);
        waitPassively();
        return new OneDnnNatives(loadAll(files), folder);
      }
    } catch (IOException e) {
      throw new UnavailableException(
          "cannot copy the libraries out of the jar: " + e + "; set -Drapt.cache=<folder>", e);
    } catch (IllegalCallerException e) {
      throw new UnavailableException(
          "native access is not enabled; pass --enable-native-access=dev.rapt.tensor,ALL-UNNAMED",
          e);
    }
  }

  private static @Nullable URL find(String resource) {
    URL url = ClassLoader.getSystemResource(resource);
    ClassLoader own = OneDnnNatives.class.getClassLoader();
    if (url == null && own != null) {
      url = own.getResource(resource);
    }
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    if (url == null && context != null) {
      url = context.getResource(resource);
    }
    return url == null ? findOnModulePath(resource) : url;
  }

  /**
   * Finds the libraries in their jar on the module path. Class loaders do not see that jar, because
   * no module requires it: it requires the Java code of its artifact, which Rapt does not use.
   */
  private static @Nullable URL findOnModulePath(String resource) {
    String path = System.getProperty("jdk.module.path");
    if (path == null) {
      return null;
    }
    Path[] entries =
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(path)
            .map(Path::of)
            .toArray(Path[]::new);
    try {
      URI jar =
          ModuleFinder.of(entries)
              .find("org.bytedeco.dnnl." + platform().replace('-', '.'))
              .flatMap(ModuleReference::location)
              .orElse(null);
      return jar == null ? null : URI.create("jar:" + jar + "!/" + resource).toURL();
    } catch (FindException | MalformedURLException e) {
      return null;
    }
  }

  /** Name of the platform, as in the classifier of the artifact. */
  static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch");
    String system = os.startsWith("mac") ? "macosx" : os.startsWith("win") ? "windows" : "linux";
    return system + "-" + (arch.equals("aarch64") ? "arm64" : "x86_64");
  }

  /** Folder of the property rapt.cache, or else rapt in the user's cache folder of this system. */
  private static Path cacheFolder() {
    String property = System.getProperty("rapt.cache");
    if (property != null) {
      return Path.of(property);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isEmpty()) {
      return Path.of(xdg, "rapt");
    }
    String local = System.getenv("LOCALAPPDATA");
    if (local != null && !local.isEmpty()) {
      return Path.of(local, "rapt");
    }
    return Path.of(System.getProperty("user.home"), ".cache", "rapt");
  }

  private static String version(JarFile jar) throws IOException {
    JarEntry entry = jar.getJarEntry("META-INF/maven/org.bytedeco/dnnl/pom.properties");
    if (entry == null) {
      return "unknown";
    }
    Properties properties = new Properties();
    try (InputStream in = jar.getInputStream(entry)) {
      properties.load(in);
    }
    return properties.getProperty("version", "unknown");
  }

  /** Copies the libraries that are missing or incomplete; concurrent processes may do the same. */
  private static List<Path> extract(JarFile jar, String resource, Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Path> files = new ArrayList<>();
    for (JarEntry entry : Collections.list(jar.entries())) {
      String name = entry.getName();
      if (!name.startsWith(resource)
          || !LIBRARY.matcher(name.substring(resource.length())).matches()) {
        continue;
      }
      Path file = folder.resolve(name.substring(resource.length()));
      files.add(file);
      if (Files.exists(file) && Files.size(file) == entry.getSize()) {
        continue;
      }
      Path aside = Files.createTempFile(folder, file.getFileName().toString(), ".tmp");
      try (InputStream in = jar.getInputStream(entry)) {
        Files.copy(in, aside, StandardCopyOption.REPLACE_EXISTING);
        Files.move(
            aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(aside);
      }
    }
    return files;
  }

  /**
   * Makes idle OpenMP threads sleep instead of spin, since they would take cores from the workers.
   * The OpenMP runtime reads the setting when it is loaded; a value set by the user is kept.
   */
  private static void waitPassively() {
    Linker linker = Linker.nativeLinker();
    linker
        .defaultLookup()
        .find("setenv")
        .ifPresent(setenv -> {
          FunctionDescriptor type =
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT);
          try (Arena arena = Arena.ofConfined()) {
            int _ =
                (int)
                    linker
                        .downcallHandle(setenv, type)
                        .invokeExact(
                            arena.allocateFrom("OMP_WAIT_POLICY"),
                            arena.allocateFrom("passive"),
                            0);
          } catch (Throwable e) {
            throw new IllegalStateException("setenv failed", e);
          }
        });
  }

  /** Loads all files, in an order that their dependencies allow. */
  private static SymbolLookup loadAll(List<Path> files) throws UnavailableException {
    SymbolLookup symbols = name -> java.util.Optional.<MemorySegment>empty();
    List<Path> left = new ArrayList<>(files);
    // the OpenMP runtime is small and has no dependencies here, so it comes first
    left.sort((a, b) -> Boolean.compare(isOneDnn(a), isOneDnn(b)));
    while (!left.isEmpty()) {
      int before = left.size();
      IllegalArgumentException failure = null;
      for (Path file : List.copyOf(left)) {
        try {
          symbols = SymbolLookup.libraryLookup(file, Arena.global()).or(symbols);
          left.remove(file);
        } catch (IllegalArgumentException e) {
          failure = e;
        }
      }
      if (left.size() == before) {
        if (left.stream().noneMatch(OneDnnNatives::isOneDnn)) {
          break; // a compiler's runtime library that this system already has
        }
        throw new UnavailableException("cannot load " + left + ": " + failure, failure);
      }
    }
    if (symbols.find("dnnl_version").isEmpty()) {
      throw new UnavailableException("no oneDNN among " + files, null);
    }
    return symbols;
  }

  private static boolean isOneDnn(Path file) {
    return file.getFileName().toString().contains("dnnl");
  }
}
