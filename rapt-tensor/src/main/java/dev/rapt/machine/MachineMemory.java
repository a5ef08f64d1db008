package dev.rapt.machine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The memory of the machine, or of the container that this process is limited to. */
public final class MachineMemory {
  /** Property that states another amount, in bytes: for tests, and to reserve a part for others. */
  public static final String PROPERTY = "rapt.memory";

  private static final double GIB = 1 << 30;

  private MachineMemory() {}

  /** Returns the memory in bytes; {@link Long#MAX_VALUE} if it is not known. */
  public static long bytes() {
    Long stated = Long.getLong(PROPERTY);
    if (stated != null) {
      return stated;
    }
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  /**
   * Returns whether so many bytes fit into memory.
   *
   * @implNote Asking the system takes some 50 ms in a new process. The largest heap, by default a
   *     quarter of memory, is known without that.
   */
  public static boolean holds(long bytes) {
    boolean surely = Long.getLong(PROPERTY) == null && bytes <= Runtime.getRuntime().maxMemory();
    return surely || bytes <= bytes();
  }

  /** Returns an amount of memory for people: {@code 7.5 GiB}. */
  public static String gib(double bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
  }
}
