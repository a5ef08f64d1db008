/** How commands print: streams, JSON, numbers, progress, errors, exit statuses. */
package dev.rapt.cli.output;
