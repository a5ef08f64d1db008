@echo off
rem rapt <command>: builds Rapt when it has not been built, then runs it. JAVA_HOME must be a JDK 25.0.3 or newer.
setlocal
set "RAPT_HOME=%~dp0"
if not defined JAVA_HOME (
  echo rapt: needs JAVA_HOME to be a JDK 25.0.3 or newer, got none; install one from https://adoptium.net 1>&2
  exit /b 1
)
if not exist "%RAPT_HOME%rapt-cli\target\app\rapt-cli.jar" (
  echo building Rapt ^(once^) ... 1>&2
  pushd "%RAPT_HOME%"
  set "MAVEN_OPTS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC %MAVEN_OPTS%"
  call mvnw.cmd --quiet --batch-mode -T 2 -pl rapt-cli -am -Dquick "-Drapt.lib=%RAPT_HOME%rapt-cli\target\app" package 1>&2 || (popd & exit /b 1)
  copy /y rapt-cli\target\rapt-cli-*.jar rapt-cli\target\app\rapt-cli.jar >nul
  popd
)
"%JAVA_HOME%\bin\java" -XX:+UseSerialGC -Xms64m "-Drapt.home=%RAPT_HOME%." %RAPT_JAVA_OPTS% -jar "%RAPT_HOME%rapt-cli\target\app\rapt-cli.jar" %*
