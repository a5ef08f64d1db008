package dev.rapt.compute;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The module of the Vector API, which the JVM does not load by itself. */
public final class VectorModule {
  /** Option of {@code java} that enables the Vector API. */
  public static final String FLAG = "--add-modules jdk.incubator.vector";

  private static final String NAME = "jdk.incubator.vector";
  private static final Logger LOG = LoggerFactory.getLogger(VectorModule.class);

  private VectorModule() {}

  /**
   * Whether the Vector API can be used: because java was started with {@link #FLAG}, or because the
   * package {@code jdk.internal.module} of java.base is exported to the class path, by which the
   * module can be loaded now.
   *
   * @implNote The JDK loads {@code java.instrument} in the same way when an agent is attached.
   *     Rapt's command line uses this since {@code --add-modules} makes every start slower,
   *     excludes the JDK's archive of the module graph, and prints a warning.
   */
  public static boolean isPresent() {
    return ModuleLayer.boot().findModule(NAME).isPresent() || Loaded.OK;
  }

  /** Loads the module once. */
  private static final class Loaded {
    private static final boolean OK = load();

    private static boolean load() {
      // readers of a module path would have to be told of the new module
      if (VectorModule.class.getModule().isNamed()) {
        return false;
      }
      try {
        var _ =
            Class.forName("jdk.internal.module.Modules")
                .getMethod("loadModule", String.class)
                .invoke(null, NAME);
        return true;
      } catch (IllegalAccessException e) {
        return false; // not exported, which is usual for programs that use the library
      } catch (ReflectiveOperationException e) {
        LOG.debug("The Vector API cannot be loaded", e);
        return false;
      }
    }
  }
}
