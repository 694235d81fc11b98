"""A mesh and a submesh carved from it: two allocators that hand out the same addresses on the same chips."""

import ttnn
from quiet import DRAM, L1, TYPES, close_cluster, open_cluster, quiet, zeros

parent = open_cluster()
child = parent.create_submesh(ttnn.MeshShape(1, 2))
meshes = [parent, child]


def allocators():
    """What each allocator holds on each of its chips."""
    return [
        {
            "devices": list(mesh.get_device_ids()),
            "types": {
                name: view.total_bytes_allocated_per_bank * view.num_banks
                for name, view in ((name, ttnn.get_memory_view(mesh, kind)) for name, kind in TYPES.items())
            },
        }
        for mesh in meshes
    ]


def tell(label, *tensors):
    """Says what both hold, and where these tensors lie."""
    quiet(label, allocators=allocators(), addresses=[tensor.buffer_address() for tensor in tensors])


on_parent = [zeros(parent, 64), zeros(parent, 96, L1)]
on_child = [zeros(child, 64), zeros(child, 160, L1)]
tell("both", *on_parent, *on_child)
total = ttnn.add(on_child[0], on_child[0])
tell("computed on the submesh")
del on_parent
tell("the parent freed")
del on_child, total
tell("both freed")
close_cluster(parent)
