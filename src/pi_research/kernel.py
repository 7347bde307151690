"""Running a notebook in the interpreter that runs this: no kernel to register, no port to open."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

__all__ = ["execute"]

QUIET = ["--HistoryManager.enabled=False", "--log-level=50"]


def _kernel_manager(sockets: str) -> type:
    """A kernel manager over ``sys.executable``, whatever the notebook's metadata names.

    ``sockets`` is a folder of this kernel's own: by default two kernels that start in the same moment
    and the same working folder choose the same socket names, and neither answers.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class ThisInterpreter(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *QUIET]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    class Manager(AsyncKernelManager):
        def __init__(self, **kw: object) -> None:
            super().__init__(**kw)
            self.kernel_spec_manager = ThisInterpreter(parent=self)
            if sys.platform != "win32":
                self.transport, self.ip = "ipc", str(Path(sockets) / "k")

    return Manager


def execute(source: Path, target: Path, parameters: dict) -> None:
    """Run ``source`` with papermill and write the executed notebook to ``target``, whole or not at all.

    Raises
    ------
    papermill.PapermillExecutionError
        Where a cell fails; the notebook as far as it ran is then kept beside the target as
        ``<name>.failed.ipynb``.
    """
    import papermill

    partial = target.with_suffix(".partial.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="pi-") as sockets:
            papermill.execute_notebook(
                str(source),
                str(partial),
                parameters=parameters,
                progress_bar=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                log_output=False,
                kernel_name="python3",
                kernel_manager_class=_kernel_manager(sockets),
                cwd=str(source.parent),
            )
    except papermill.PapermillExecutionError:
        partial.replace(target.with_suffix(".failed.ipynb"))
        raise
    finally:
        if partial.exists() and sys.exc_info()[0] is None:
            partial.replace(target)
        partial.unlink(missing_ok=True)
