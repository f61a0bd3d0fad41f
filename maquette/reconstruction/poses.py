def check_poses(photographs):
    return
